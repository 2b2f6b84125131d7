"""Lines with as many fields each: where a window ends makes no difference, and any other line is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.rows.text import _fields
from datatool.rows.text._fields import count_byte, field_stops, is_utf8, line_starts

BLOCKS = st.lists(st.text('ab,;"\t \x01\u00e9', max_size=8), max_size=6).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(BLOCKS, st.integers(1, 3), st.sampled_from(",;\t"), st.integers(1, 40))
def test_fields_are_those_that_a_split_gives(text: str, fields: int, delimiter: str, window: int) -> None:
    data = text.encode()
    lines = [line.split(delimiter.encode()) for line in data.split(b"\n")[:-1]]
    is_even = all(len(line) == fields and not any(min(each, default=32) < 32 for each in line) for line in lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fields, "_WINDOW", window)
        stops = field_stops(np.frombuffer(data, np.uint8), ord(delimiter), fields)
    assert (stops is not None) == is_even
    if stops is not None:
        starts = [line_starts(stops[-1]), *(stop + 1 for stop in stops[:-1])]
        cut = [[data[a:b] for a, b in zip(start, stop, strict=True)] for start, stop in zip(starts, stops, strict=True)]
        assert [list(row) for row in zip(*cut, strict=True)] == lines


@given(st.binary(max_size=60), st.integers(0, 255), st.integers(1, 70))
def test_bytes_are_counted_in_every_window(data: bytes, byte: int, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_fields, "_WINDOW", window)
        assert count_byte(data, byte) == data.count(bytes([byte]))


def test_text_is_told_from_bytes_that_are_none() -> None:
    assert is_utf8(b"")
    assert is_utf8("\u00e9".encode())
    assert not is_utf8(b"a\xff")
