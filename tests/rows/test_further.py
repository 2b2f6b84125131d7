"""A further column of a table by its name, whatever the table is written in."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from datatool.advise._parent_column import parent_column
from datatool.rows import FurtherColumn, Rows, open_rows, resolve
from datatool.schemas import DatasetError

PATHS = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
PARENTS = [" x.jpg ", None, "", "y, z.jpg"]
TOLD = ["x.jpg", None, None, "y, z.jpg"]
CSV = 'path,label,Parent\na.jpg,0, x.jpg \nb.jpg,1,\nc.jpg,0,""\nd.jpg,1,"y, z.jpg"\n'


def _table() -> pa.Table:
    return pa.table({"path": PATHS, "label": [0, 1, 0, 1], "Parent": PARENTS})


def _jsonl(path: Path) -> None:
    rows = ('{"path": "a.jpg", "label": 0, "Parent": " x.jpg "}', '{"path": "b.jpg", "label": 1}')
    more = ('{"path": "c.jpg", "label": 0, "Parent": ""}', '{"path": "d.jpg", "label": 1, "Parent": "y, z.jpg"}')
    path.write_text("\n".join(rows + more) + "\n")


def _dictionary(path: Path) -> None:
    table = _table()
    coded = table.column("Parent").combine_chunks().dictionary_encode()
    pq.write_table(table.set_column(2, "Parent", coded), path)


WRITERS: dict[str, Callable[[Path], Any]] = {
    "t.csv": lambda path: path.write_text(CSV),
    "t.csv.gz": lambda path: path.write_bytes(gzip.compress(CSV.encode())),
    "t.tsv": lambda path: path.write_text(
        "path\tlabel\tParent\na.jpg\t0\tx.jpg\nb.jpg\t1\t\nc.jpg\t0\t\nd.jpg\t1\ty, z.jpg\n"
    ),
    "t.jsonl": _jsonl,
    "t.parquet": _dictionary,
    "t.feather": lambda path: pyarrow.feather.write_feather(_table(), str(path)),
}


def _read(column: FurtherColumn) -> list[tuple[str, int, str | None]]:
    found = []
    for table in column.read():
        found += list(zip(*(table.column(name).to_pylist() for name in ("file", "line", "value")), strict=True))
    return found


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_values(name: str, tmp_path: Path) -> None:
    """Blanks are taken off and empty cells are nulls; lines are those of the rows, before and after these are read."""
    WRITERS[name](tmp_path / name)
    with open_rows(resolve(str(tmp_path / name))) as rows:
        found = _read(rows.column("parent"))
        lines = rows.read().execute("SELECT file::VARCHAR, line FROM rows ORDER BY line").fetchall()
        again = _read(rows.column("PARENT"))
        assert parent_column(rows) == {"a.jpg": "x.jpg", "d.jpg": "y, z.jpg"}
    assert found == again == [(file, line, value) for (file, line), value in zip(lines, TOLD, strict=True)]


def test_numbers_are_text_and_missing_ones_are_nulls(tmp_path: Path) -> None:
    """Whole numbers of a column of floats, which pandas makes of one with gaps, are those of a column of integers."""
    for name, values in (("f", pa.array([7.0, float("nan"), None, 2.5])), ("i", pa.array([7, None, 8, 9]))):
        pq.write_table(_table().append_column("patient", values), tmp_path / f"{name}.parquet")
    with open_rows(resolve(str(tmp_path / "f.parquet"), splits={"val": str(tmp_path / "i.parquet")})) as rows:
        assert [value for _, _, value in _read(rows.column("patient"))] == ["7", None, None, "2.5", "7", None, "8", "9"]


def test_parts_without_the_column_are_named(tmp_path: Path) -> None:
    """Lists, which have no columns, and tables that lack it; those that have it are read all the same."""
    (tmp_path / "t.csv").write_text(CSV)
    (tmp_path / "u.csv").write_text("path,label\ne.jpg,0\n")
    (tmp_path / "l.txt").write_text("f.jpg 0\n")
    splits = {"val": str(tmp_path / "u.csv"), "test": str(tmp_path / "l.txt")}
    with open_rows(resolve(str(tmp_path / "t.csv"), splits=splits)) as rows:
        column = rows.column("parent")
        assert column.lacking == (splits["val"], splits["test"])
        assert [value for _, _, value in _read(column)] == TOLD
        with pytest.raises(DatasetError, match="must have one 'parent'; got 'path, label'") as caught:
            column.require(hint="")
        assert caught.value.file == splits["val"]


def test_a_data_set_without_tables_has_no_column(tmp_path: Path) -> None:
    """The way on is the caller's."""
    (tmp_path / "l.txt").write_text("f.jpg 0\n")
    with open_rows(resolve(str(tmp_path / "l.txt"))) as rows, pytest.raises(DatasetError, match="of a table") as caught:
        rows.column("parent").require(hint="try this")
    assert caught.value.hint == "try this"


def test_a_name_that_two_columns_may_mean_and_a_column_of_lists_are_refused(tmp_path: Path) -> None:
    """Neither can be told apart, or compared."""
    table = _table().append_column("PARENT", pa.array(PARENTS)).append_column("boxes", pa.array([[1]] * 4))
    pq.write_table(table, tmp_path / "t.parquet")
    with open_rows(resolve(str(tmp_path / "t.parquet"))) as rows:
        assert [value for _, _, value in _read(rows.column("PARENT"))] == TOLD
        with pytest.raises(DatasetError, match="of which Parent and PARENT may be meant"):
            rows.column("parent")
        with pytest.raises(DatasetError, match="'boxes' must hold text or numbers"):
            _read(rows.column("boxes"))


def test_lines_that_give_no_row_do_not_shift_the_others(tmp_path: Path) -> None:
    """A quoted line end, a label that is none, and a record that is too short stand between."""
    (tmp_path / "t.csv").write_text('path,label,note,scene\na.jpg,0,"one\ntwo",s1\nb.jpg,cat,,s2\nc.jpg\nd.jpg,1,,s3\n')
    with open_rows(resolve(str(tmp_path / "t.csv"))) as rows:
        values = {line: value for _, line, value in _read(rows.column("scene"))}
        lines = dict(rows.read().execute("SELECT path, line FROM rows").fetchall())
    assert {path: values[line] for path, line in lines.items()} == {"a.jpg": "s1", "d.jpg": "s3"}


def test_a_stream_can_be_grouped_by_a_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came through a pipe is kept in a file, which is read once more."""
    (tmp_path / "t.csv").write_text(CSV)
    with (tmp_path / "t.csv").open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        with open_rows(resolve("-")) as rows:
            assert [value for _, _, value in _read(rows.column("parent"))] == TOLD
            assert isinstance(rows, Rows)
