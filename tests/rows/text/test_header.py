"""First lines that are headers: never a row, never a class, and said to be one."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import DatasetError
from datatool.rows import listed_paths, open_rows, resolve
from datatool.rows.text._header import find_header

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]

BELOW = ["a.jpg 0", "b.jpg 1"]


@pytest.mark.parametrize(
    "header",
    [
        "image_id label",
        "Path Label",
        "# file class",
        "filename\tcategory",
        "photo breed",
        "my photos and breeds",
        "# photographs of 2026",
    ],
)
def test_a_header_of_a_list_is_stated_and_no_row(write: Write, read: Read, header: str) -> None:
    path = write("a.txt", "\n".join([header, *BELOW]) + "\n")
    assert read(path) == [("a.jpg", 0, "real", "train", 2), ("b.jpg", 1, "real", "train", 3)]
    with open_rows(resolve(str(path))) as rows:
        assert rows.stated == (f"{path}: the first line is a header: '{header}'",)
        connection = rows.read()
        assert rows.files[0].header == header
        assert connection.execute("SELECT count(*) FROM faults").fetchall() == [(0,)]


def test_a_header_is_no_class_where_labels_are_words(write: Write) -> None:
    path = write("a.txt", "\r\nimage_id breed\r\na.jpg cat\r\nb.jpg dog\r\n")
    with open_rows(resolve(str(path))) as rows:
        words = rows.read().execute("SELECT word, line FROM words ORDER BY line").fetchall()
    assert words == [("cat", 3), ("dog", 4)]


@pytest.mark.parametrize(
    "lines",
    [
        ["folder/picture 1", *BELOW],
        ["folder/picture 5", "b 0", "c 1"],
        ["image 5", "b 0", "c 1"],
        ["a.heic cat", "b.jpg dog", "c.jpg dog"],
        ["odd cat", "b.jpg dog", "c.jpg cat"],
        ["odd cat", "b dog", "c dog"],
        ["title", *BELOW],
    ],
)
def test_a_row_without_an_image_extension_is_no_header(lines: list[str]) -> None:
    assert find_header(lines) is None


def test_a_label_far_below_makes_the_first_line_a_row(write: Write) -> None:
    path = write("a.txt", "odd cat\n" + "".join(f"{number}.jpg dog\n" for number in range(3000)) + "z.jpg cat\n")
    with open_rows(resolve(str(path))) as rows:
        [(words,)] = rows.read().execute("SELECT count(*) FROM words WHERE word = 'cat'").fetchall()
        assert (words, rows.files[0].header) == (2, None)


def test_a_header_is_skipped_in_packed_lists_standard_input_and_every_pass(
    write: Write, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"\xef\xbb\xbfimage label\na.jpg 0\na.jpg 1\n"
    assert [row[4] for row in read(write("a.txt.gz", gzip.compress(text)))] == [2, 3]
    monkeypatch.setattr(sys, "stdin", open(write("in.txt", text), encoding="utf-8"))  # noqa: SIM115 - closed with it
    with sys.stdin, open_rows(resolve("-")) as rows:
        assert [sorted(one.fetchall()) for one in rows.scan("SELECT line FROM $rows")] == [[(2,), (3,)]]
        picked = [one.fetchall() for one in rows.scan("SELECT path, line FROM $rows", lines=[np.array([2])])]
        assert ("a.jpg", 2) in picked[0]


def test_text_whose_header_is_no_path_and_label_is_read_as_a_table(write: Write, read: Read) -> None:
    for text in ("label image\n1 a.jpg\n", "path;label\na.jpg;1\n", "image, split, label\na.jpg, train, 1\n"):
        assert [row[:2] for row in read(write("a.txt", text))] == [("a.jpg", 1)]


def test_a_header_is_no_path_for_those_who_need_no_label(write: Write) -> None:
    for text in ("image_id label\na.jpg 0\n", "file\na.jpg\n", "label,image\n0,a.jpg\n"):
        lines = list(listed_paths(resolve(str(write("a.txt", text)))))
        assert [(Path(one.path or "").name, one.line) for one in lines] == [("a.jpg", 2)]


def test_an_unknown_header_of_a_csv_is_refused_with_the_options_that_tell_its_columns(write: Write, read: Read) -> None:
    path = write("a.csv", "photo,breed\na.jpg,0\nb.jpg,1\n")
    with pytest.raises(DatasetError, match=r"one for the path; got 'photo, breed'.*Hint:.*--path-column, --label-col"):
        read(path)
    assert [row[:2] for row in read(path, columns={"path": "photo", "label": "Breed"})] == [("a.jpg", 0), ("b.jpg", 1)]


def test_a_table_with_old_mac_line_ends_is_refused_in_a_sentence(write: Write, read: Read) -> None:
    with pytest.raises(DatasetError, match=r"carriage return.*a\.csv:1\)\. Hint: tr"):
        read(write("a.csv", "path,label\ra.jpg,0\rb.jpg,1\r"))
