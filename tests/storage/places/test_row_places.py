"""Places of rows in tables: right for every layout that is read in place, and refused by name for the others."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatool.storage import NotInPlaceError, container_of
from datatool.storage.places import RowPlaces, places_of

PLAIN: dict[str, Any] = {"compression": "none", "use_dictionary": False}
TIMES = itertools.count(1)
Values = Sequence[bytes | None]
BINARY = {"binary": pa.binary(), "large_binary": pa.large_binary(), "binary_view": pa.binary_view()}


def found(path: Path, places: RowPlaces) -> list[bytes | None]:
    """The bytes of every row, by their places."""
    data = path.read_bytes()
    spans = [places.span_at(row) for row in range(len(places.offset))]
    for span in spans:
        assert span is None or span.offset + span.length <= len(data)
    return [None if span is None else data[span.offset : span.offset + span.length] for span in spans]


def read(path: Path, column: str = "image") -> list[bytes | None]:
    return found(path, places_of(container_of(str(path)), column))


def structs(values: Values, kind: Any, *, bytes_first: bool = True) -> pa.Array:
    """Hugging Face's images; every seventh is null as a whole."""
    fields = [("bytes", kind), ("path", pa.string())]
    rows = [None if row % 7 == 6 else {"bytes": value, "path": f"{row}.jpg"} for row, value in enumerate(values)]
    return pa.array(rows, pa.struct(fields if bytes_first else fields[::-1]))


def of_structs(values: Values) -> list[bytes | None]:
    return [None if row % 7 == 6 else value for row, value in enumerate(values)]


def _touch(path: Path) -> None:
    """Give a file that was written anew another time, however fast that went."""
    os.utime(path, ns=(1, next(TIMES)))


def neighbours(count: int) -> dict[str, pa.Array]:
    """Columns of other layouts, nested ones too, whose buffers lie before and behind."""
    nested = pa.map_(pa.string(), pa.list_(pa.struct([("x", pa.int8()), ("y", pa.string())])))
    return {
        "null": pa.nulls(count),
        "bool": pa.array([True] * count),
        "text": pa.array(["more than twelve bytes"] * count, pa.string_view()),
        "list": pa.array([[1, 2]] * count, pa.large_list(pa.int64())),
        "view": pa.array([[1, 2]] * count, pa.list_view(pa.int64())),
        "fixed": pa.array([[1, 2]] * count, pa.list_(pa.int8(), 2)),
        "map": pa.array([[("a", [{"x": 1, "y": "z"}])]] * count, nested),
        "code": pa.array(["a", "b"] * count)[:count].dictionary_encode(),
        "run": pa.RunEndEncodedArray.from_arrays([count], ["a"]) if count else pa.nulls(0),
        "decimal": pa.array([1] * count, pa.decimal128(5)),
        "fsb": pa.array([b"ab"] * count, pa.binary(2)),
    }


def write_arrow(path: Path, columns: dict[str, pa.Array], *, is_file: bool, size: int) -> Path:
    table = pa.table(columns)
    with (pa.ipc.new_file if is_file else pa.ipc.new_stream)(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=size)
    return path


def some_values(draw: st.DrawFn) -> list[bytes | None]:
    """Empty ones, nulls, short ones and ones of many pages."""
    sizes = draw(st.lists(st.none() | st.integers(0, 40) | st.sampled_from([12, 13, 9_000, 70_000]), max_size=30))
    seed = random.Random(draw(st.integers(0, 99)))
    return [None if size is None else seed.randbytes(size) for size in sizes]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_arrow_bodies_are_located_among_any_neighbours(tmp_path: Path, data: st.DataObject) -> None:
    """Files and streams, 32 and 64 bit offsets and views, several batches, slices, nulls in struct and in bytes."""
    values = data.draw(st.composite(some_values)())
    kind = BINARY[data.draw(st.sampled_from(sorted(BINARY)))]
    columns = neighbours(len(values)) if data.draw(st.booleans()) else {}
    columns["image"] = structs(values, kind, bytes_first=data.draw(st.booleans()))
    columns["plain"] = pa.array(values, kind)
    if data.draw(st.booleans()):
        columns |= {f"{name} again": column for name, column in neighbours(len(values)).items()}
    path = tmp_path / "t.arrow"
    write_arrow(path, columns, is_file=data.draw(st.booleans()), size=data.draw(st.sampled_from([1, 7, 1_000])))
    _touch(path)
    assert read(path) == of_structs(values)
    assert read(path, "plain") == values


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_plain_pages_are_located_whatever_their_version_and_size(tmp_path: Path, data: st.DataObject) -> None:
    """Several row groups and pages, statistics and checksums in headers, required and nullable values."""
    values = data.draw(st.composite(some_values)())
    kind = BINARY[data.draw(st.sampled_from(["binary", "large_binary"]))]
    table = pa.table({"map": neighbours(len(values))["map"], "a.bytes": pa.array(values, kind)})
    table = table.append_column("image", structs(values, kind, bytes_first=data.draw(st.booleans())))
    full = [value or b"" for value in values]
    table = table.append_column(pa.field("required", kind, nullable=False), pa.array(full, kind))
    required = pa.struct([pa.field("bytes", kind, nullable=False), pa.field("path", pa.string())])
    inner = pa.StructArray.from_arrays([pa.array(full, kind), pa.nulls(len(full), pa.string())], fields=list(required))
    table = table.append_column(pa.field("whole", required, nullable=False), inner)
    path = tmp_path / "t.parquet"
    pq.write_table(
        table,
        path,
        **PLAIN,
        data_page_version=data.draw(st.sampled_from(["1.0", "2.0"])),
        row_group_size=data.draw(st.sampled_from([1, 5, 1_000])),
        data_page_size=data.draw(st.sampled_from([1, 1_000, 1 << 20])),
        write_page_checksum=data.draw(st.booleans()),
        write_statistics=data.draw(st.booleans()),
        write_page_index=data.draw(st.booleans()),
    )
    _touch(path)
    assert read(path) == of_structs(values)
    assert read(path, "a.bytes") == values
    assert read(path, "required") == read(path, "whole") == full


def test_values_of_megabytes_and_pages_of_statistics_are_located(tmp_path: Path) -> None:
    """The header of a page holds its least and its largest value."""
    values = [random.Random(size).randbytes(size) for size in (3 << 20, 10, 1 << 20, 0)]
    pq.write_table(pa.table({"image": pa.array(values)}), tmp_path / "t.parquet", **PLAIN)
    assert read(tmp_path / "t.parquet") == values
    path = write_arrow(tmp_path / "t.arrow", {"image": pa.array(values)}, is_file=False, size=2)
    assert read(path) == values


VALUES: list[bytes | None] = [b"one" * 5, None, b"", b"two" * 99, b"one" * 5] * 9
SNAPPY = {"compression": "snappy", "use_dictionary": False}
LENGTHS = {**PLAIN, "column_encoding": {"image": "DELTA_LENGTH_BYTE_ARRAY"}}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (SNAPPY, "pages compressed with SNAPPY"),
        ({**SNAPPY, "data_page_version": "2.0"}, "pages compressed with SNAPPY"),
        ({"compression": "zstd", "use_dictionary": False}, "pages compressed with ZSTD"),
        ({"compression": "none"}, "pages encoded as RLE_DICTIONARY"),
        ({"compression": "none", "version": "1.0"}, "pages encoded as PLAIN_DICTIONARY"),
        ({"compression": "none", "dictionary_pagesize_limit": 10, "write_batch_size": 2}, "DICTIONARY"),
        (LENGTHS, "pages encoded as DELTA_LENGTH_BYTE_ARRAY"),
        ({**LENGTHS, "column_encoding": {"image": "DELTA_BYTE_ARRAY"}}, "pages encoded as DELTA_BYTE_ARRAY"),
    ],
)
def test_pages_that_hold_no_plain_bytes_are_named(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    """A dictionary that was given up in the middle of a chunk too."""
    pq.write_table(pa.table({"image": pa.array(VALUES)}), tmp_path / "t.parquet", **options)
    with pytest.raises(NotInPlaceError, match=said):
        read(tmp_path / "t.parquet")


def test_a_page_of_version_2_that_is_not_compressed_is_read_though_its_chunk_is(tmp_path: Path) -> None:
    """Writers leave out what compression makes no smaller, such as JPEGs."""
    values = [random.Random(seed).randbytes(2_000) for seed in range(50)]
    pq.write_table(pa.table({"image": pa.array(values)}), tmp_path / "t.parquet", **SNAPPY, data_page_version="2.0")
    assert read(tmp_path / "t.parquet") == values


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_bodies_are_named(tmp_path: Path, codec: str) -> None:
    """Feather's default."""
    pyarrow.feather.write_feather(pa.table({"image": pa.array(VALUES)}), str(tmp_path / "t.arrow"), compression=codec)
    with pytest.raises(NotInPlaceError, match=f"bodies compressed with {codec.upper()}"):
        read(tmp_path / "t.arrow")


def test_columns_of_other_layouts_are_named(tmp_path: Path) -> None:
    """Dictionaries, numbers with the most significant byte first, and unions, which few write."""
    coded = pa.array(VALUES).dictionary_encode()
    with pytest.raises(NotInPlaceError, match="a column of dictionary"):
        read(write_arrow(tmp_path / "d.arrow", {"image": coded}, is_file=True, size=9))
    union = pa.UnionArray.from_sparse(pa.array([0] * 45, pa.int8()), [pa.array(range(45))])
    path = write_arrow(tmp_path / "u.arrow", {"u": union, "image": pa.array(VALUES)}, is_file=True, size=99)
    with pytest.raises(NotInPlaceError, match="layout that is not understood"):
        read(path)


@pytest.mark.parametrize("kind", ["file", "stream", "view", "1.0", "2.0"])
def test_damage_is_named_and_places_never_leave_the_file(tmp_path: Path, kind: str) -> None:
    """Bytes flipped and ends cut: either an error of ours, or places within the file."""
    path = tmp_path / "t.bin"
    if kind in ("1.0", "2.0"):
        table = pa.table({"image": structs(VALUES, pa.binary())})
        pq.write_table(table, path, **PLAIN, data_page_version=kind, row_group_size=20)
    else:
        column = structs(VALUES, BINARY["binary_view" if kind == "view" else "binary"])
        write_arrow(path, {"image": column}, is_file=kind != "stream", size=20)
    whole, rng, refused = path.read_bytes(), random.Random(5), 0
    for turn in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.choice([0, 1, 255, rng.randrange(256)])
        path.write_bytes(damaged if turn % 3 else whole[: rng.randrange(len(whole))])
        _touch(path)
        try:
            assert len(read(path)) < 1_000
        except NotInPlaceError:
            refused += 1
    assert refused > 100
