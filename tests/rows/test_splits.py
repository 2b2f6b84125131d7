"""A split column of a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]

VALUES = ["train", "Training", "VAL", "valid", "Validation", "dev", "test", "TESTING", " val ", "fold3", ""]
EXPECTED = [*["train"] * 2, *["val"] * 4, *["test"] * 2, "val"]


@pytest.fixture(params=["csv", "tsv", "parquet"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"a.{request.param}"
    if request.param == "parquet":
        names = [f"{at}.jpg" for at in range(len(VALUES))]
        pq.write_table(pa.table({"path": names, "label": range(len(VALUES)), "split": VALUES}), path)
    else:
        mark = "," if request.param == "csv" else "\t"
        lines = [["path", "label", "split"], *([f"{at}.jpg", str(at), value] for at, value in enumerate(VALUES))]
        path.write_text("".join(f"{mark.join(line)}\n" for line in lines))
    return path


def test_rows_are_of_the_split_that_their_column_says(table: Path, read: Read) -> None:
    assert [row[3] for row in read(table)] == EXPECTED
    with open_rows(resolve(str(table))) as rows:
        faults = rows.read().execute("SELECT code, reason FROM faults ORDER BY line").fetchall()
        assert [(file.split, file.rows) for file in rows.files] == [("train", 2), ("val", 5), ("test", 2)]
        assert rows.splits == ("train", "val", "test")
    assert faults == [("W112", "split 'fold3' is none of train, val and test"), ("W112", "the split is empty")]


def test_select_counts_rows_of_each_split(table: Path, write: Write) -> None:
    dataset = write("dataset.yaml", f"select: [0, 2]\ntrain: [{{{_kind(table)}: {table.name}}}]\n")
    with pytest.raises(DatasetError, match=r"a table given as train must not name another split .*got val, test"):
        resolve_and_read(dataset)


def _kind(table: Path) -> str:
    return "parquet" if table.suffix == ".parquet" else "csv"


def resolve_and_read(dataset: Path, **options: Any) -> None:
    with open_rows(resolve(str(dataset), **options)) as rows:
        rows.read()


def test_a_split_on_the_command_line_that_contradicts_the_column_is_refused(table: Path, read: Read) -> None:
    with pytest.raises(DatasetError, match=r"given as val must not name another split in its column 'split'; got tr"):
        read(None, splits={"val": str(table)})
    other = table.with_name("v.txt")
    other.write_text("x.jpg 0\n")
    with pytest.raises(DatasetError, match=r"val must be given once; got it in the column 'split' and as .*v\.txt"):
        read(table, splits={"val": str(other)})


def test_a_split_that_agrees_with_the_column_is_accepted(write: Write, read: Read) -> None:
    train = write("t.csv", "path,label,split\na.jpg,0,train\n")
    val = write("v.csv", "path,label,phase\nb.jpg,0,Dev\n")
    splits = {"val": str(val)}
    assert [row[3] for row in read(train, splits=splits)] == ["train", "val"]
    columns = {"split": "phase"}
    assert [row[3] for row in read(None, splits=splits, columns=columns)] == ["val"]


def test_words_keep_the_split_of_their_row(write: Write) -> None:
    path = write("a.csv", "path,label,split\na.jpg,cat,train\nb.jpg,dog,test\nc.jpg,0,train\nd.jpg,1,test\n")
    with open_rows(resolve(str(path))) as rows:
        found = rows.read().execute("SELECT word, split FROM words ORDER BY line").fetchall()
    assert found == [("cat", "train"), ("dog", "test")]
