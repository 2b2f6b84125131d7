"""Arrow IPC, files and streams."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from datatool.balance import make_plan
from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]
TABLE = pa.table({"skipped": [[1]] * 5, "path": list("abcde"), "label": pa.array([0, 1, None, -2, 4], pa.int8())})


def _write(path: Path, table: Any = TABLE, *, stream: bool = False) -> Path:
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return path


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "noname"])
def test_rows_are_numbered_over_all_batches(tmp_path: Path, read: Read, name: str, stream: bool) -> None:
    path = _write(tmp_path / name, stream=stream)
    assert [(row[0], row[1], row[4]) for row in read(path)] == [("a", 0, 1), ("b", 1, 2), ("e", 4, 5)]
    with open_rows(resolve(str(path))) as rows:
        found = rows.read().execute("SELECT code, line, text FROM faults ORDER BY line").fetchall()
    assert found == [("E101", 3, "c"), ("E103", 4, "d -2")]


@pytest.mark.parametrize("stream", [False, True])
def test_a_file_that_is_cut_is_refused_wherever_it_is_cut(tmp_path: Path, read: Read, stream: bool) -> None:
    data = _write(tmp_path / "a.arrow", stream=stream).read_bytes()
    refused = 0
    for size in range(8, len(data) - 8, 40):
        (tmp_path / "cut.arrow").write_bytes(data[:size])
        try:
            rows = len(read(tmp_path / "cut.arrow"))
        except DatasetError:
            refused += 1
        else:
            assert stream  # which may end behind any of its batches
            assert rows < 3
    assert refused


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
@pytest.mark.parametrize("wrong", [-1, 1 << 20], ids=["below", "beyond"])
def test_a_value_that_leads_out_of_its_buffer_is_refused_and_not_followed(
    tmp_path: Path, read: Read, kind: pa.DataType, wrong: int
) -> None:
    column = pa.array(["a.jpg", "b.jpg", "c.jpg"], kind)
    path = tmp_path / "a.arrow"
    table = pa.table({"path": column, "label": [0, 1, 2]})
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    places = column.indices.to_numpy() if pa.types.is_dictionary(kind) else [0, 5, 10, 15]
    width = np.dtype(np.int64 if kind == pa.large_string() else np.int32)
    good, bad = np.array(places, width), np.array(places, width)
    bad[1] = wrong
    path.write_bytes(path.read_bytes().replace(good.tobytes(), bad.tobytes()))

    with pytest.raises(DatasetError, match=r"Arrow file must be whole"):
        read(path)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_bytes_behind_the_last_value_of_a_buffer_are_none_of_its_values(
    tmp_path: Path, read: Read, kind: pa.DataType
) -> None:
    """A buffer may be longer than its values ask for, by any number of bytes."""
    names = [f"{number}.jpg" for number in range(19)]
    path = _write_whole(tmp_path / "a.arrow", pa.table({"path": pa.array(names, kind), "label": [0, 1] * 9 + [1]}))
    whole, told = path.read_bytes(), 0
    for size in {buffer.size for buffer in pa.array(names, kind).buffers()[1:] if buffer is not None}:
        for found in re.finditer(re.escape(size.to_bytes(8, "little")), whole):
            path.write_bytes(whole[: found.start()] + (size + 1).to_bytes(8, "little") + whole[found.end() :])
            try:
                assert [row[0] for row in read(path)] == names
            except DatasetError:  # it was where a buffer begins, which must be a multiple of 8
                continue
            with open_rows(resolve(str(path))) as rows:
                plan = make_plan(rows, strategy="oversample", out=tmp_path / "a.plan")
            assert sorted(plan.rows(np.arange(19)).path) == sorted(names)
            told += 1
    assert told


def _write_whole(path: Path, table: pa.Table) -> Path:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    return path


@pytest.mark.parametrize("name", ["ARROW1", "FEA1"])
def test_a_list_whose_first_path_begins_as_arrow_does_is_a_list(write: Write, read: Read, name: str) -> None:
    assert [row[0] for row in read(write("a.txt", f"{name}/a.jpg 0\n"))] == [f"{name}/a.jpg"]


def test_the_first_version_of_feather_is_named(write: Write, read: Read) -> None:
    with pytest.raises(DatasetError, match=r"version 2, which is Arrow; got version 1.*read_feather"):
        read(write("a.feather", b"FEA1\0\0\0\0 and so on"))


@pytest.mark.parametrize("kind", [pa.dictionary(pa.int8(), pa.string()), pa.string_view(), pa.large_string()])
def test_names_of_any_text_type_are_classes(tmp_path: Path, read: Read, kind: Any) -> None:
    labels = pa.array(["b", "a", "b"]).dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else None
    labels = pa.array(["b", "a", "b"], pa.string()).cast(kind) if labels is None else labels
    path = _write(tmp_path / "a.arrow", pa.table({"path": ["x", "y", "z"], "label": labels}))
    assert [row[:2] for row in read(path)] == [("x", 1), ("y", 0), ("z", 1)]


@pytest.mark.parametrize(
    "labels",
    [
        pa.array(np.array([0, 1, 1], np.float16)),
        pa.array([0, 1, 1], pa.int32()).cast(pa.decimal128(12, 0)),
        pa.array([0, 1, 1], pa.int32()).cast(pa.decimal128(14, 2)),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 1], pa.uint8()), pa.array(["0", "1"], pa.string_view())),
    ],
    ids=lambda labels: str(labels.type),
)
def test_labels_of_types_that_few_functions_know_are_ids(tmp_path: Path, read: Read, labels: Any) -> None:
    table = pa.table({"path": list("abc"), "label": labels})
    assert [("a", 0), ("b", 1), ("c", 1)] == [row[:2] for row in read(_write(tmp_path / "a.arrow", table))]
