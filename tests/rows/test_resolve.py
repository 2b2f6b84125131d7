from __future__ import annotations

import logging
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]


def test_further_splits_are_joined_and_a_root_is_for_all(write: Write, read: Read) -> None:
    train, val = write("a.txt", "x.jpg 0\n"), write("b/v.txt", "y.jpg 1\n")
    assert read(train, "path, split, root", splits={"val": str(val)}, root="pictures") == [
        ("x.jpg", "train", "pictures"),
        ("y.jpg", "val", "pictures"),
    ]


def test_a_root_for_pictures_that_lie_in_a_zip_is_said_to_have_no_use(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.writestr("cat/a.jpg", b"a")
    with caplog.at_level(logging.WARNING):
        [part] = resolve(str(tmp_path / "pictures.zip"), root=tmp_path / "elsewhere").parts
    assert part.root != tmp_path / "elsewhere"
    assert "has no use: shards and zips hold their images themselves" in caplog.text


def test_splits_alone_are_a_data_set(write: Write, read: Read) -> None:
    assert read(None, splits={"val": str(write("v.txt", "y.jpg 1\n"))}) == [("y.jpg", 1, "real", "val", 1)]


def test_synthetic_patterns_cross_folders_and_take_the_path_as_written(write: Write, read: Read) -> None:
    path = write("a.txt", "synth/a/x.jpg 0\nreal/synth.jpg 1\nrender[1].png 2\nzz/é.png 3\n")
    assert [row[2] for row in read(path, synthetic=["synth/*", "render[[]?].png", "zz/?.png"])] == [
        "synthetic",
        "real",
        "synthetic",
        "synthetic",
    ]


@pytest.mark.parametrize(
    ("dataset", "splits", "message"),
    [
        (None, {}, "a data set must be given"),
        ("none.txt", {}, "data set must exist; got 'none.txt'"),
        (None, {"vall": "a.txt"}, r"split must be train, val or test; got 'vall'.*did you mean 'val'\?"),
        ("a.txt", {"train": "a.txt"}, "train must be given once"),
    ],
)
def test_what_cannot_be_resolved_is_said_in_a_sentence(
    write: Write, monkeypatch: pytest.MonkeyPatch, dataset: str | None, splits: dict[str, str], message: str
) -> None:
    monkeypatch.chdir(write("a.txt", "x.jpg 0\n").parent)
    with pytest.raises(DatasetError, match=message):
        resolve(dataset, splits=splits)


def test_the_command_of_a_data_set_names_it_again() -> None:
    resolved = resolve("-", names="the names.txt", synthetic=["s/*"])
    assert resolved.command == "- --names 'the names.txt' --synthetic 's/*'"


def test_names_may_hold_spaces_and_their_faults_have_a_line(write: Write, read: Read) -> None:
    path = write("a.txt", "x.jpg 0\n")
    with open_rows(resolve(str(path), names=write("n.txt", "\ufeff0 tench, Tinca tinca\r\n\n1\tcat\n"))) as rows:
        assert rows.names == {0: "tench, Tinca tinca", 1: "cat"}
    for content, message in (("0 a\ncat\n", r"n\.txt:2"), ("0 a\n0 b\n", "each id once"), (b"0 \xff", "must be UTF-8")):
        with pytest.raises(DatasetError, match=message):
            read(path, names=write("n.txt", content))


def test_a_list_or_a_root_whose_path_is_not_utf8_is_refused(tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")
    for file in (odd, str(tmp_path / "a.txt")):
        with open(file, "w") as stream:
            stream.write("a.jpg 0\n")
    for given, root in ((odd, None), (str(tmp_path / "a.txt"), odd)):
        with (
            pytest.raises(DatasetError, match=r"must be UTF-8; got '.*\\xff\.txt'"),
            open_rows(resolve(given, root=root)),
        ):
            pass
