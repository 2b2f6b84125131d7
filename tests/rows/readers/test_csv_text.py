"""Blocks of CSV: those that are read as a whole, against those that are read record by record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datatool.rows._remarks import Remarks
from datatool.rows.readers import _csv_text
from datatool.rows.readers._csv_text import csv_chunks
from datatool.rows.text._header import find_header

PLACES = {"path": 0, "label": 1}


def read(blocks: list[bytes], delimiter: str = ",") -> tuple[list[tuple[Any, ...]], Remarks]:
    header = find_header([delimiter.join(["path", "label", "note"])], is_named=True)
    assert header is not None
    remarks = Remarks()
    rows: list[tuple[Any, ...]] = []
    for chunk in csv_chunks(iter(blocks), header, PLACES, remarks):
        columns = (chunk.columns.column(name).to_pylist() for name in PLACES)
        rows += zip(*columns, chunk.lines.tolist(), strict=True)
    return rows, remarks


FIELDS = st.sampled_from(
    ["a.jpg", "3", "", " x ", '"q,u"', '"d""q"', '"', 'h"alf', "\u00e9", "\u00a0", "\x00", "\t", "'", "\x0b1", '" b "']
)
LINES = st.builds(
    lambda fields, end: ",".join(fields) + end,
    st.lists(FIELDS, min_size=1, max_size=4),
    st.sampled_from(["\n", "\n", "\r\n", "\r"]),
)


@given(st.lists(LINES, max_size=8))
@example(['a,"b\n', 'c",3,4\n'])
@example(["\n", "  \n", "a,b,c\n"])
def test_a_block_read_as_a_whole_is_what_its_records_are(lines: list[str]) -> None:
    data = ("".join(lines) + "\n").encode()
    with pytest.MonkeyPatch.context() as patch:
        whole = read([data])
        patch.setattr(_csv_text, "_plain", lambda *_: None)
        assert read([data]) == whole


@given(st.lists(LINES.filter(lambda line: '"' not in line), min_size=1, max_size=8), st.sampled_from([",", "\t", ";"]))
@example(["a.jpg,3,\n"] * 3, ",")
@example([",,\n"], ",")
@example(["\n"], ",")
def test_a_block_cut_at_its_delimiters_is_what_pyarrow_reads(lines: list[str], delimiter: str) -> None:
    data = "".join(lines).replace(",", delimiter).encode()
    if not data.endswith(b"\n"):
        data += b"\n"
    with pytest.MonkeyPatch.context() as patch:
        cut = read([data], delimiter)
        patch.setattr(_csv_text, "_cut", lambda *_: None)
        assert read([data], delimiter) == cut


@given(
    st.lists(LINES.filter(lambda line: '"' not in line.replace('"q,u"', "").replace('"d""q"', "")), max_size=8),
    st.integers(0, 8),
)
def test_where_blocks_are_cut_makes_no_difference(lines: list[str], at: int) -> None:
    whole = [line.replace("\r\n", "\n").replace("\r", "\n") for line in lines] or ["a,b,c\n"]
    first, second = "".join(whole[:at]).encode(), "".join(whole[at:]).encode()
    assert read([block for block in (first, second) if block]) == read(["".join(whole).encode()])


def test_a_quoted_field_may_span_two_blocks() -> None:
    rows, remarks = read([b'a.jpg,1,\nb.jpg,2,"two\n', b'lines"\nc.jpg,3,\n'])
    assert rows == [("a.jpg", "1", 2), ("b.jpg", "2", 3), ("c.jpg", "3", 5)]
    assert remarks.faults == []


def test_tabs_and_blanks_alone_are_a_blank_line() -> None:
    rows, remarks = read([b"a.jpg\t1\t\n\t\t\nb.jpg\t2\t\n"], "\t")
    assert [row[2] for row in rows] == [2, 4]
    assert list(remarks.notes) == [("I109", "blank lines")]
