"""Columns of tables, told by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve
from datatool.rows.columns._roles import find_columns

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]


@pytest.mark.parametrize(
    ("header", "given", "expected"),
    [
        ("image_id,label", {}, {"path": "image_id", "label": "label"}),
        ("Target,FILEPATH", {}, {"path": "FILEPATH", "label": "Target"}),
        ("image,path,label,class", {}, {"path": "path", "label": "label"}),
        ("path,label,Source,SPLIT", {}, {"path": "path", "label": "label", "source": "Source", "split": "SPLIT"}),
        ("path,label,breed", {"label": "breed"}, {"path": "path", "label": "breed"}),
        ("image,file,label", {"path": "File"}, {"path": "file", "label": "label"}),
        ("path,label,kind", {"source": "kind"}, {"path": "path", "label": "label", "source": "kind"}),
    ],
)
def test_columns_are_told_by_name_or_as_they_are_given(
    header: str, given: Mapping[str, str], expected: Mapping[str, str]
) -> None:
    assert find_columns(header.split(","), given, file="a.csv").names == expected


@pytest.mark.parametrize("header", ["image,file,label", "path,Path,label", "path,class,target", "label", "a,b", "path"])
def test_no_candidate_or_more_than_one_is_refused_with_the_header(header: str) -> None:
    with pytest.raises(DatasetError, match=f"got '{header.replace(',', ', ')}'.*--split-column"):
        find_columns(header.split(","), {}, file="a.csv")


def test_a_column_that_is_not_there_is_refused(write: Write, read: Read) -> None:
    with pytest.raises(DatasetError, match="must have one 'breed'; got 'path, label'"):
        read(write("a.csv", "path,label\na.jpg,0\n"), columns={"label": "breed"})
    with pytest.raises(DatasetError, match="only be named of a table with a header; got 'breed'"):
        read(write("a.txt", "a.jpg 0\n"), columns={"label": "breed"})


def test_columns_are_stated_and_kept_in_the_command(write: Write, tmp_path: Path) -> None:
    table = write("a.csv", "image_id,breed\na.jpg,0\n")
    resolved = resolve(str(table), columns={"label": "breed"})
    assert resolved.command == f"{table} --label-column breed"
    with open_rows(resolved) as rows:
        assert rows.stated == (f"{table}: columns: image_id as path, breed as label",)
        rows.read()
        assert rows.files[0].columns == {"path": "image_id", "label": "breed"}


def test_parquet_columns_are_told_by_the_same_names(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"extra": [[1], [2]], "Class_ID": [0, 1], "img_path": ["a", "b"], "Source": [" x ", None]})
    pq.write_table(table, path)
    assert [row[:3] for row in read(path)] == [("a", 0, "x"), ("b", 1, "real")]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"path": [["a"]], "label": [0]}, "'path' must hold text; got list"),
        ({"path": [{"x": 1}], "label": [0]}, "'path' must hold text; got struct"),
        ({"path": ["a"], "label": [["0"]]}, "'label' must hold text or numbers; got list"),
        ({"path": ["a"], "label": [0], "source": [["x"]]}, "'source' must hold text or numbers; got list"),
    ],
)
def test_parquet_columns_that_hold_no_plain_values_are_refused(
    tmp_path: Path, read: Read, columns: dict[str, Any], message: str
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match=message):
        read(tmp_path / "a.parquet")


def test_parquet_columns_of_one_name_and_damaged_pages_are_refused(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table([pa.array(["a"]), pa.array(["b"]), pa.array([0])], names=["path", "path", "label"]), path)
    with pytest.raises(DatasetError, match="got 'path, path, label'"):
        read(path)
    pq.write_table(
        pa.table({"path": ["a" * 40] * 9, "label": range(9)}), path, use_dictionary=False, compression="NONE"
    )
    data = bytearray(path.read_bytes())
    at = data.index(b"\x28\x00\x00\x00" + b"a" * 40)
    data[at + 1] = 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(DatasetError, match="Parquet file must be whole"):
        read(path)


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_one_hot_columns_are_refused_rather_than_the_last_one_read(write: Write, read: Read, name: str) -> None:
    with pytest.raises(DatasetError, match=r"labels must stand in one column; got 'cat, dog'.*one-hot"):
        read(write(name, "path,cat,dog\na.jpg,1,0\nb.jpg,0,1\n"))


def test_one_hot_columns_beside_a_label_are_left_alone(tmp_path: Path, write: Write, read: Read) -> None:
    assert [row[:2] for row in read(write("a.csv", "path,label,night,day\na.jpg,3,1,0\n"))] == [("a.jpg", 3)]
    pq.write_table(pa.table({"path": ["a", "b"], "cat": [1, 0], "dog": [False, True]}), tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match="one-hot"):
        read(tmp_path / "a.parquet")


def test_sources_of_rows_whose_label_is_a_word_are_known(write: Write) -> None:
    with open_rows(resolve(str(write("a.csv", "path,label,source\na.jpg,cat,render\nb.jpg,0,\n")))) as rows:
        assert rows.read().execute("SELECT word, source FROM words").fetchall() == [("cat", "render")]
