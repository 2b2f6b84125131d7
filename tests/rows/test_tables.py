"""CSV, TSV and Parquet."""

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


def faults(path: object) -> list[tuple[str, int]]:
    with open_rows(resolve(str(path))) as rows:
        found: list[tuple[str, int]] = rows.read().execute("SELECT code, line FROM faults ORDER BY line").fetchall()
    return found


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ","), ("a.tsv", "\t"), ("b.csv", ";")])
def test_a_table_with_a_header_is_read_whatever_its_delimiter(write: Write, read: Read, name: str, mark: str) -> None:
    path = write(name, mark.join(["label", "note", "path"]) + "\n" + mark.join(["3", "n", "x y.jpg"]) + "\n")
    assert read(path) == [("x y.jpg", 3, "real", "train", 2)]


def test_records_that_span_lines_keep_exact_line_numbers(write: Write, read: Read) -> None:
    path = write("a.csv", 'path,label,note\r\na.jpg,0,"two\r\nlines"\r\n"b,c.jpg",1,\r\n\r\nd.jpg,cat,\r\n,2,\r\n')
    assert [(row[0], row[4]) for row in read(path)] == [("a.jpg", 2), ("b,c.jpg", 4)]
    assert faults(path) == [("E102", 6), ("E101", 7)]


def test_a_source_column_wins_and_empty_cells_are_real(write: Write, read: Read) -> None:
    path = write("a.csv", "path,label,source\na.jpg,0,render\nb.jpg,1,\nsynth/c.jpg,2, \n")
    assert [row[2] for row in read(path, synthetic=["synth/*"])] == ["render", "real", "synthetic"]


def test_bytes_that_are_not_utf8_are_faults_of_their_record(write: Write) -> None:
    assert faults(write("a.csv", b"path,label\na.jpg,0\nb\xff.jpg,1\n")) == [("E106", 3)]


def test_a_csv_name_over_plain_list_text_is_a_list(write: Write, read: Read) -> None:
    assert [row[:2] for row in read(write("a.csv", "x.jpg,0\ny.jpg,1\n"))] == [("x.jpg", 0), ("y.jpg", 1)]


def test_a_dataset_file_that_names_a_csv_without_its_columns_is_refused(write: Write, read: Read) -> None:
    write("a.csv", "photo,class\na.jpg,0\n")
    with pytest.raises(DatasetError, match=r"must have one for the path; got 'photo, class'.*--path-column"):
        read(write("dataset.yaml", "train: [{csv: a.csv}]"))


def test_parquet_rows_are_numbered_and_its_faults_too(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.parquet"
    labels = pa.array([0, None, -1, 2**40, 5], pa.int64())
    pq.write_table(pa.table({"path": ["a", "b", "c", "d", None], "label": labels}), path)
    assert [(row[0], row[1], row[4]) for row in read(path)] == [("a", 0, 1)]
    assert faults(path) == [("E101", 2), ("E103", 3), ("E104", 4), ("E101", 5)]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (pa.array(["0", "1.0", "cat"]), [("E102", 3)]),
        (pa.array(["0", "1.5", "2.0"]), [("E102", 2), ("E102", 3)]),
        (pa.array([0.0, 1.0, None]), [("E101", 3)]),
        (pa.array([0.0, 1.5, float("nan")]), [("E102", 1), ("E102", 2), ("E101", 3)]),
        (pa.array([0, 2**63, 2], pa.uint64()), [("E104", 2)]),
        (pa.array([0, 1, 2], pa.uint8()), []),
        (pa.array(["0", "1", "2"]).dictionary_encode(), []),
    ],
)
def test_parquet_labels_of_any_type_follow_the_grammar(
    tmp_path: Path, labels: Any, expected: list[tuple[str, int]]
) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"path": ["a", "b", "c"], "label": labels}), path)
    assert faults(path) == expected


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_parquet_text_that_is_not_utf8_is_a_fault_of_its_row(tmp_path: Path, read: Read, kind: Any) -> None:
    path = tmp_path / "a.parquet"
    paths = pa.array([b"a", b"b\xff", None, "\u00e9".encode()])
    if kind != pa.binary():
        buffers = paths.buffers()
        text = pa.Array.from_buffers(pa.string(), 4, buffers)
        paths = text.dictionary_encode() if pa.types.is_dictionary(kind) else text.cast(kind)
    pq.write_table(pa.table({"path": paths, "label": [0, 1, 2, 3]}), path)
    assert [(row[0], row[1], row[4]) for row in read(path)] == [("a", 0, 1), ("\u00e9", 3, 4)]
    assert faults(path) == [("E106", 2), ("E101", 3)]


def test_parquet_labels_as_text_are_stripped_and_nan_is_no_label(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"path": ["a", "b"], "label": pa.array([b" 3", b" 4 "])}), path)
    assert [row[:2] for row in read(path)] == [("a", 3), ("b", 4)]
    pq.write_table(pa.table({"path": ["a", "b"], "label": [1.5, float("nan")]}), path)
    assert faults(path) == [("E102", 1), ("E101", 2)]


def test_a_stray_quote_costs_its_own_line_and_none_behind_it(write: Write, read: Read) -> None:
    rest = "c.jpg,1\n" * 20_000  # more than the csv module takes for one field
    for text, faulty in (
        ('path,label\na.jpg,0\n"b.jpg,1\n' + rest, [("E101", 3)]),
        ('path,label\na.jpg,0\nb.jpg,"1\n' + rest[:80] + 'd.jpg,"1\n', [("E101", 3), ("E101", 14)]),
        ('path,label\na.jpg,0\n"b.jpg,1\n' + rest[:80] + 'd.jpg",1\n', [("E101", 3), ("E101", 14)]),
        (
            'path,label,note\na.jpg,0,\nb.jpg,1,"oops\n' + "c.jpg,1,x\n" * 10 + 'd.jpg,1,"so\n',
            [("E101", 3), ("E101", 14)],
        ),
    ):
        path = write("a.csv", text)
        assert faults(path) == faulty
        assert len(read(path)) + len(faulty) == text.count("\n") - 1


def test_a_quoted_note_may_span_lines(write: Write, read: Read) -> None:
    path = write("a.csv", 'path,label,note\na.jpg,0,"two\nlines"\nb.jpg,1,\n')
    assert [(row[:2], row[-1]) for row in read(path)] == [(("a.jpg", 0), 2), (("b.jpg", 1), 4)]


def test_parquet_is_told_by_its_first_bytes_and_its_source_column_is_read(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "list.bin"
    pq.write_table(pa.table({"path": ["a", "b"], "label": [0, 1], "source": ["synthetic", None]}), path)
    assert [row[2] for row in read(path)] == ["synthetic", "real"]


def test_parquet_without_its_columns_is_refused(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"image": ["a"]}), path)
    with pytest.raises(DatasetError, match="must have one for the label; got 'image'"):
        read(path)


def test_a_damaged_parquet_file_is_refused(write: Write, read: Read) -> None:
    with pytest.raises(DatasetError, match="Parquet file must be readable"):
        read(write("a.parquet", b"PAR1 and nothing more"))


def test_more_sources_than_a_byte_counts_are_kept_apart(write: Write) -> None:
    from datatool.audit import audit

    path = write("a.csv", "path,label,source\n" + "".join(f"{n}.jpg,0,s{n}\n" for n in range(300)))
    with open_rows(resolve(str(path))) as rows:
        counts = audit(rows).counts[0]
    assert {source: count for source, count in counts.items() if count} == {f"s{n}": 1 for n in range(300)}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", b'path,label\na.jpg,cat\nb\xff.jpg,dog\n"c.jpg",dog\n'),
        ("a.csv", b"path,label\r\na.jpg,cat\r\nb\xff.jpg,dog\r\nc.jpg,dog\r\n"),
        (
            "a.jsonl",
            b'{"path":"a.jpg","label":"cat"}\n{"path":"b\xff.jpg","label":"dog"}\n{"path":"c.jpg","label":"dog"}\n',
        ),
        (
            "a.jsonl",
            b'{"path":"a.jpg","label":"cat"}\n{"path":"b.jpg","label":"\xff"}\n{"path":"c.jpg","label":"dog"}\n',
        ),
    ],
)
def test_bytes_that_are_not_utf8_cost_their_row_however_a_block_is_read(name: str, text: bytes, tmp_path: Path) -> None:
    table = tmp_path / name
    table.write_bytes(text)
    with open_rows(resolve(str(table))) as rows:
        read = rows.read()
        assert read.execute("SELECT path FROM rows ORDER BY line").fetchall() == [("a.jpg",), ("c.jpg",)]
        assert [code for (code,) in read.execute("SELECT code FROM faults").fetchall()] == ["E106"]


def test_faults_below_the_first_block_of_a_csv_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datatool.rows.readers._csv._BLOCK", 64)
    table = tmp_path / "a.csv"
    table.write_bytes(b"path,label\n" + b"a.jpg,cat\n" * 50 + b"b\xff.jpg,dog\n\n" + b"c.jpg,dog\n" * 50)
    with open_rows(resolve(str(table))) as rows:
        read = rows.read()
        assert read.execute("SELECT code, line FROM faults").fetchall() == [("E106", 52)]
        assert read.execute("SELECT reason, line FROM notes").fetchall() == [("blank lines", 53)]


@pytest.mark.parametrize("header", ["path,label,", "path,label,note,,", ",path,label"])
def test_columns_without_a_name_do_not_hide_a_header(write: Write, read: Read, header: str) -> None:
    """Spreadsheets end lines with separators, and pandas begins them with one."""
    cells = {"path": "a.jpg", "label": "3"}
    row = ",".join(cells.get(name, "") for name in header.split(","))
    assert [("a.jpg", 3, "real", "train", 2)] == read(write("a.csv", f"{header}\n{row}\n"))


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_the_line_that_tells_excel_the_separator_is_no_header(write: Write, read: Read, first: str) -> None:
    path = write("a.csv", f"{first}\npath;label\na.jpg;3\nb.jpg;x\nc.jpg;4\n")
    assert [("a.jpg", 3, "real", "train", 3), ("c.jpg", 4, "real", "train", 5)] == read(path)
    assert faults(path) == [("E102", 4)]


def test_one_column_is_not_both_path_and_label(write: Write, read: Read) -> None:
    with pytest.raises(DatasetError, match="must stand in two columns; got 'path' for both"):
        read(write("a.csv", "path,label\na.jpg,0\n"), columns={"label": "path"})
