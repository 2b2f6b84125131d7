"""Lists read for their paths alone: one entry per line, whatever the label."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datatool.errors import DatasetError
from datatool.rows import listed_paths, resolve

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with `a.jpg`, `b c.png` and `plain`, a picture without extension."""
    for name in ("a.jpg", "b c.png", "plain"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def paths_of(dataset: Path | str, **options: Any) -> list[str | None]:
    """Paths below the list's folder; None for a line that is none."""
    found = [line.path for line in listed_paths(resolve(str(dataset), **options))]
    return [None if path is None else Path(path).name for path in found]


@pytest.mark.parametrize(
    "line",
    [
        *("a.jpg 5", "a.jpg", "a.jpg cat", "a.jpg two words", "a.jpg -1", "a.jpg 1.0", "a.jpg 99999999999", "a.jpg,3"),
        *("a.jpg\t0,1,0", '"a.jpg" cat', "a.jpg mask.png", "  a.jpg  ", 'a.jpg {"x": [1, 2]}'),
    ],
)
def test_a_label_that_is_there_is_ignored_whatever_it_is(pictures: Path, write: Write, line: str) -> None:
    assert paths_of(write("list.txt", f"{line}\n")) == ["a.jpg"]


@pytest.mark.parametrize("line", ["b c.png 5", "b c.png", "b c.png cat", '"b c.png" 5', "b c.png,7"])
def test_a_path_may_hold_blanks_with_or_without_a_label(pictures: Path, write: Write, line: str) -> None:
    assert paths_of(write("list.txt", f"{line}\n")) == ["b c.png"]


def test_labelled_and_bare_lines_may_be_mixed(pictures: Path, write: Write) -> None:
    listing = write("list.txt", "a.jpg 5\n\nb c.png\nplain\nplain 3\na.jpg x\n")

    assert paths_of(listing) == ["a.jpg", "b c.png", "plain", "plain", "a.jpg"]


def test_a_file_that_is_missing_keeps_its_line(pictures: Path, write: Write) -> None:
    listing = write("list.txt", "gone.jpg 5\ngone 2.jpg\ngone.jpg cat\ngone\n")

    assert paths_of(listing) == ["gone.jpg", "gone 2.jpg", "gone.jpg", "gone"]


def test_a_line_that_is_no_path_is_named_with_its_reason(pictures: Path, write: Write) -> None:
    listing = write("list.txt", b"a.jpg 1\n7\n\xff.jpg 1\na\0.jpg\n")

    found = list(listed_paths(resolve(str(listing))))

    assert [line.line for line in found if line.path is None] == [2, 3, 4]
    assert [line.reason for line in found if line.path is None] == [
        "no path before the label",
        "a byte is not UTF-8",
        "a NUL or a carriage return stands in the line",
    ]


def test_absolute_paths_stay_and_others_are_joined_to_the_root(pictures: Path, write: Write) -> None:
    listing = write("lists/list.txt", f"{pictures / 'a.jpg'} 1\nplain\n")

    found = [line.path for line in listed_paths(resolve(str(listing), root=pictures))]

    assert found == [str(pictures / "a.jpg"), str(pictures / "plain")]


def test_packed_lists_and_standard_input_may_be_bare(
    pictures: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = write("list.txt.gz", gzip.compress(b"\xef\xbb\xbfa.jpg\r\nplain\r\n"))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"a.jpg\nplain")))

    table = write("list.csv.gz", gzip.compress(b"path\na.jpg\nplain\n"))

    assert paths_of(packed) == paths_of(table) == ["a.jpg", "plain"]
    assert paths_of("-", root=pictures) == ["a.jpg", "plain"]


@pytest.mark.parametrize("header", ["path,label", "label;path", "path", "source\tpath"])
def test_every_row_of_a_table_counts_with_empty_or_odd_labels(pictures: Path, write: Write, header: str) -> None:
    mark = next((each for each in ",;\t" if each in header), ",")
    labels = ["1", "", "cat", "-3"] if mark != "," or "," in header else [None] * 4
    rows = [["a.jpg"] if label is None else ["a.jpg", label] for label in labels]
    if header.endswith("path"):
        rows = [row[::-1] for row in rows]
    listing = write("list.csv", "\n".join([header, *(mark.join(row) for row in rows)]) + "\n")

    assert paths_of(listing) == ["a.jpg"] * 4


def test_a_row_without_path_is_named(pictures: Path, write: Write) -> None:
    listing = write("list.csv", b"label,path\n1,a.jpg\n2,\n3\n4,\xff.jpg\n")

    assert paths_of(listing) == ["a.jpg", None, None, None]


def test_parquet_may_have_paths_only(pictures: Path) -> None:
    pq.write_table(pa.table({"path": ["a.jpg", None, "plain"]}), pictures / "list.parquet")
    raw = pa.array([b"a.jpg", b"\xff"], pa.binary())
    pq.write_table(pa.table({"path": raw}), pictures / "raw.parquet")
    pq.write_table(pa.table({"photo": ["a.jpg"]}), pictures / "other.parquet")
    pq.write_table(pa.table({"path": [1.5]}), pictures / "numbers.parquet")

    assert paths_of(pictures / "list.parquet") == ["a.jpg", None, "plain"]
    assert paths_of(pictures / "raw.parquet") == ["a.jpg", None]
    with pytest.raises(DatasetError, match="must have one for the path; got 'photo'"):
        paths_of(pictures / "other.parquet")
    with pytest.raises(DatasetError, match="'path' must hold text; got double"):
        paths_of(pictures / "numbers.parquet")


def test_a_dataset_file_gives_every_part_in_order(pictures: Path, write: Write) -> None:
    for name in ("one/x.jpg", "two/y.jpg"):
        write(f"folders/{name}", b"x")
    write("list.txt", "plain\n")
    joined = write(
        "d.yaml",
        "schema: datatool.dataset/1\ntrain:\n  - {list: list.txt}\nval:\n  - {list: list.txt}\n",
    )
    folders = write("f.yaml", "schema: datatool.dataset/1\ntrain: [{folder: folders}]\n")

    assert paths_of(joined) == ["plain", "plain"]
    assert paths_of(folders) == ["x.jpg", "y.jpg"]
