from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import DatasetError, DatatoolError
from datatool.rows import open_rows, resolve

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]

JOINED = """
schema: datatool.dataset/1
names: label_list.txt
train:
  - {list: labels.txt, root: images}
  - {folder: synth, source: synthetic}
val: [{list: val.txt, root: images}]
test: []
select: null
"""


@pytest.fixture
def joined(write: Write) -> Path:
    write("label_list.txt", "0 cat\n1 big dog\n")
    write("labels.txt", "a.jpg 0\nb.jpg 1\n")
    write("val.txt", "c.jpg 1\n")
    write("synth/big dog/s.jpg", b"")
    return write("dataset.yaml", JOINED)


def test_lists_and_folders_are_joined_with_their_own_roots_and_sources(joined: Path, read: Read) -> None:
    folder = joined.parent
    assert read(joined, "path, label, source, split, root") == [
        ("a.jpg", 0, "real", "train", str(folder / "images")),
        ("b.jpg", 1, "real", "train", str(folder / "images")),
        ("big dog/s.jpg", 1, "synthetic", "train", str(folder / "synth")),
        ("c.jpg", 1, "real", "val", str(folder / "images")),
    ]


def test_a_folder_that_holds_a_dataset_file_is_that_data_set(joined: Path, read: Read) -> None:
    assert read(joined.parent) == read(joined)


@pytest.mark.parametrize("select", ["[cat]", "[0]", "['cat', 0]"])
def test_select_keeps_classes_by_name_or_id(joined: Path, read: Read, select: str) -> None:
    joined.write_text(JOINED.replace("select: null", f"select: {select}"))
    assert [row[:2] for row in read(joined)] == [("a.jpg", 0)]
    with open_rows(resolve(str(joined))) as rows:
        rows.read()
        assert [file.rows for file in rows.files] == [1, 0, 0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("select: null", "select: [cta]", r"select must name a known class; got 'cta'.*did you mean 'cat'"),
        ("select: null", "select: []", "select must name a class to keep"),
        ("select: null", f"select: [{10**400}]", "class ids of select: must lie from 0 to 2147483647; got 1000"),
        ("select: null", "select: [-1]", "class ids of select: must lie from 0 to"),
        ("root: images}\n  -", "roof: images}\n  -", r"got 'train\.0\.roof'"),
        ("folder: synth", "folder: synth, list: labels.txt", "exactly one of"),
        ("names: label_list.txt", "names: none.txt", "names file must be a readable file"),
        ("names: label_list.txt\n", "", "must have their ids from a names file"),
        ("test: []", "test: [", "YAML must be well formed"),
    ],
)
def test_a_faulty_dataset_file_is_one_clear_sentence(
    joined: Path, read: Read, old: str, new: str, message: str
) -> None:
    assert old in JOINED
    joined.write_text(JOINED.replace(old, new))
    with pytest.raises(DatatoolError, match=message):
        read(joined)


def test_a_dataset_file_that_lists_nothing_is_refused(write: Write, read: Read) -> None:
    with pytest.raises(DatasetError, match="must list something under train, val or test"):
        read(write("dataset.yaml", "schema: datatool.dataset/1\n"))
