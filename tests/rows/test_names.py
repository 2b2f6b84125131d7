"""Files of class names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve
from datatool.rows.names._file import read_names

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]


def test_one_name_each_is_numbered_by_line(write: Write) -> None:
    assert read_names(write("n.txt", "golden retriever\r\ntabby cat\r\n\r\n")) == {
        0: "golden retriever",
        1: "tabby cat",
    }
    assert read_names(write("u.txt", "cat\ndog\n".encode("utf-16"))) == {0: "cat", 1: "dog"}
    assert read_names(write("e.txt", "")) == {}


def test_a_colon_may_follow_the_id(write: Write) -> None:
    assert read_names(write("n.txt", "0: cat\n1: big dog\n")) == {0: "cat", 1: "big dog"}
    assert read_names(write("r.txt", "4:3\n16:9\n")) == {0: "4:3", 1: "16:9"}


def test_a_names_file_of_blanks_names_nothing_as_an_empty_one(write: Write) -> None:
    with open_rows(resolve(str(write("l.txt", "a.jpg 0\n")), names=write("n.txt", "\n \n\n"))) as rows:
        assert rows.names == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("cat\n\ndog\n", r"without gaps; got a blank line .*n\.txt:2"),
        ("0 cat\ndog\n", r"must be `id name` lines; got 'dog' .*n\.txt:2"),
        ('["cat", "dog"]\n', r"one name each; got a JSON array .*n\.txt"),
        ('{\n "0": "cat"\n}\n', r"one name each; got a JSON object .*n\.txt"),
        ("9" * 5000 + " cat\n", r"must be `id name` lines; got '9{100}.*n\.txt:1"),
    ],
)
def test_lines_that_are_no_names_are_refused_at_their_place(write: Write, content: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read_names(write("n.txt", content))


@pytest.mark.parametrize("name", ["label_list.txt", "classes.txt", "class_names.txt"])
@pytest.mark.parametrize("content", ["0 cat\n1 dog\n", "cat\ndog\n"])
def test_names_beside_a_list_are_found_and_stated(write: Write, name: str, content: str) -> None:
    file = write(name, content)
    listing = write("train.txt", "a.jpg 0\n")
    with open_rows(resolve(str(listing))) as rows:
        assert rows.names == {0: "cat", 1: "dog"}
        assert rows.stated == (f"class names from {file}, found beside the list",)
        assert str(file) not in rows.dataset.command


def test_names_that_are_given_win_over_found_ones(write: Write) -> None:
    write("classes.txt", "cat\n")
    resolved = resolve(str(write("a.txt", "a.jpg 0\n")), names=write("mine.txt", "0 dog\n"))
    with open_rows(resolved) as rows:
        assert (rows.names, rows.stated) == ({0: "dog"}, ())


@pytest.mark.parametrize("content", ["a.jpg 0\nb.jpg 1\n", "0 cat\ndog\n", b"\xff\xfe\x00", "0 a.jpg\n"])
def test_a_file_of_that_name_that_holds_no_names_is_left_alone(write: Write, content: str | bytes) -> None:
    write("classes.txt", content)
    with open_rows(resolve(str(write("a.txt", "a.jpg 0\n")))) as rows:
        assert rows.names is None


def test_a_list_is_not_its_own_names(write: Write, read: Read) -> None:
    path = write("label_list.txt", "one 0\ntwo 1\n")
    assert resolve(str(path)).found_names is None


def test_found_names_give_class_folders_no_ids(write: Write, tmp_path: Path, read: Read) -> None:
    write("set/cat/a.jpg", b"")
    write("classes.txt", "cat\n")
    with pytest.raises(DatasetError, match="must have their ids from a names file"):
        read(write("a.txt", "x.jpg 0\n"), splits={"val": str(tmp_path / "set")})
