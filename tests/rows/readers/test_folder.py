from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]


def test_class_folders_alone_have_the_ids_of_their_sorted_names(write: Write, read: Read, tmp_path: Path) -> None:
    for name in ("set/dog/b.jpg", "set/cat/deep/c.PNG", "set/cat/a.jpg", "set/.ipynb_checkpoints/x.jpg"):
        write(name, b"")
    assert read(tmp_path / "set") == [
        ("cat/a.jpg", 0, "real", "train", 1),
        ("cat/deep/c.PNG", 0, "real", "train", 2),
        ("dog/b.jpg", 1, "real", "train", 3),
    ]
    with open_rows(resolve(str(tmp_path / "set"))) as rows:
        assert rows.names == {0: "cat", 1: "dog"}
        assert rows.dataset.parts[0].root == tmp_path / "set"


def test_the_folders_of_two_splits_share_one_numbering(write: Write, read: Read, tmp_path: Path) -> None:
    for name in ("t/a/1.jpg", "t/c/2.jpg", "v/b/3.jpg", "v/c/4.jpg"):
        write(name, b"")
    found = read(tmp_path / "t", splits={"val": str(tmp_path / "v")})
    assert [row[:2] for row in found] == [("a/1.jpg", 0), ("c/2.jpg", 2), ("b/3.jpg", 1), ("c/4.jpg", 2)]


def test_names_give_class_folders_their_ids(write: Write, read: Read, tmp_path: Path) -> None:
    write("set/cat/a.jpg", b"")
    write("set/dog/b.jpg", b"")
    names = write("names.txt", "7 dog\n3 cat\n")
    assert [row[:2] for row in read(tmp_path / "set", names=names)] == [("cat/a.jpg", 3), ("dog/b.jpg", 7)]


def test_a_class_folder_without_an_id_is_refused(write: Write, read: Read, tmp_path: Path) -> None:
    write("set/catt/a.jpg", b"")
    with pytest.raises(DatasetError, match=r"got 'catt'.*did you mean 'cat'\?"):
        read(tmp_path / "set", names=write("names.txt", "3 cat\n"))


def test_class_folders_joined_to_a_list_without_names_are_refused(write: Write, read: Read, tmp_path: Path) -> None:
    write("set/cat/a.jpg", b"")
    path = write("a.txt", "x.jpg 0\n")
    with pytest.raises(DatasetError, match="class folders joined to a list must have their ids from a names file"):
        read(path, splits={"val": str(tmp_path / "set")})


def test_a_folder_of_splits_given_as_one_is_refused_with_the_options_that_read_it(
    write: Write, tmp_path: Path, read: Read
) -> None:
    write("set/train/cat/a.jpg", b"")
    write("set/validation/cat/b.jpg", b"")
    with pytest.raises(DatasetError, match=r"--split train=\S+/set/train --split val=\S+/set/validation"):
        read(None, splits={"train": str(tmp_path / "set")})


def test_a_folder_without_class_folders_is_refused(write: Write, tmp_path: Path, read: Read) -> None:
    write("set/a.jpg", b"")
    with pytest.raises(DatasetError, match="must hold one folder per class"):
        read(tmp_path / "set")


def test_files_that_are_no_images_are_counted(write: Write, tmp_path: Path) -> None:
    for name in ("a.jpg", "notes.txt", "Thumbs.db"):
        write(f"set/cat/{name}", b"")
    with open_rows(resolve(str(tmp_path / "set"))) as rows:
        found = rows.read().execute("SELECT code, reason, count FROM notes ORDER BY reason").fetchall()
        assert found == [("I211", ".txt: no image", 1), ("I211", "system files", 1)]
        assert rows.files[0].rows == 1


def test_images_beside_the_class_folders_are_counted(write: Write, tmp_path: Path, read: Read) -> None:
    for name in ("s/a/1.jpg", "s/top.jpg", "s/upper.PNG", "s/labels.txt"):
        write(name, b"")
    with open_rows(resolve(str(tmp_path / "s"))) as rows:
        found = rows.read().execute("SELECT line, text, reason, count FROM notes").fetchall()
    assert found == [(2, "top.jpg", "images beside the class folders, left out", 2)]
    assert [row[0] for row in read(tmp_path / "s")] == ["a/1.jpg"]


def test_file_names_that_are_not_utf8_are_shown_escaped(write: Write, tmp_path: Path) -> None:
    write("s/a/1.jpg", b"")
    for name in (b"\xff.jpg", b"\xff.txt"):
        with open(os.fsencode(tmp_path / "s" / "a") + b"/" + name, "wb"):
            pass
    with open_rows(resolve(str(tmp_path / "s"))) as rows:
        faults = rows.read().execute("SELECT code, line, text FROM faults").fetchall()
        notes = rows.read().execute("SELECT line, text FROM notes").fetchall()
    assert (faults, notes) == ([("E106", 2, r"a/\xff.jpg")], [(3, r"a/\xff.txt")])


def test_a_class_folder_whose_name_is_not_utf8_is_refused(tmp_path: Path, read: Read) -> None:
    os.mkdir(os.fsencode(tmp_path) + b"/\xff")
    with pytest.raises(DatasetError, match=r"the name of a class folder must be UTF-8; got '\\xff'"):
        read(tmp_path)


def test_one_class_folder_in_place_of_the_folder_above_is_told(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "a.jpg").touch()
    with (
        pytest.raises(DatasetError, match=f"give the folder above: {tmp_path}"),
        open_rows(resolve(str(tmp_path / "cat"))),
    ):
        pass
