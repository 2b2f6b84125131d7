"""Batches added up, whatever their sizes and labels."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatool.audit import _counts
from datatool.audit._counts import Counts

ROWS = st.tuples(
    st.integers(0, 40) | st.integers(2**64 - 5, 2**64 - 1),
    st.integers(0, 5) | st.sampled_from([2**22 - 1, 2**22, 2**31 - 1]),
    st.integers(0, 2),
    st.integers(0, 2),
)


def test_repeats_are_found_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = np.random.default_rng(0).integers(0, 2**64, 5000, np.uint64)
    keys = np.concatenate([keys, keys[::7], keys[::21]])
    found = []
    for size in (1 << 23, 300):
        monkeypatch.setattr(_counts, "_SLICE", size)
        counts = Counts(keep_lines=False)
        counts.open_part()
        for some in np.array_split(keys, 9):
            zero = np.zeros(len(some), np.int64)
            columns = [pa.array(some), *(pa.array(zero.astype(kind)) for kind in (np.int64, np.uint8, np.uint8))]
            counts.add(pa.record_batch(columns, names=["key", "label", "source", "split"]))
        found.append(counts.repeated())
    assert found[0].tolist() == found[1].tolist() == np.unique(keys[5000:]).tolist()


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.lists(st.lists(ROWS, max_size=12), max_size=4), min_size=1, max_size=3), big=st.booleans())
def test_counts_and_repeats_are_those_of_a_plain_count(
    parts: list[list[list[tuple[int, int, int, int]]]], big: bool
) -> None:
    first = 2**33 if big else 1
    counts = Counts()
    flat = []
    for number, batches in enumerate(parts):
        counts.open_part()
        line = first
        for batch in batches:
            lines = np.arange(line, line + len(batch))
            line += len(batch)
            flat += [(*row, number, at) for row, at in zip(batch, lines.tolist(), strict=True)]
            columns = list(zip(*batch, strict=True)) or [()] * 4
            types = (pa.uint64(), pa.int64(), pa.uint8(), pa.uint8())
            arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
            counts.add(pa.record_batch([*arrays, pa.array(lines)], names=["key", "label", "source", "split", "line"]))
    times = Counter(key for key, *_ in flat)
    repeated = counts.repeated()
    assert repeated.tolist() == sorted(key for key, count in times.items() if count > 1)
    found = {
        (split, label, source): rows
        for split, classes in counts.cells(["a", "b", "c"], ["x", "y", "z"]).items()
        for label, sources in classes.items()
        for source, rows in sources.items()
    }
    assert found == Counter(("abc"[split], label, "xyz"[source]) for _, label, source, split, _, _ in flat)
    if len(repeated):
        assert [lines.tolist() for lines in counts.lines_of(repeated)] == [
            [line for key, *_, part, line in flat if part == number and times[key] > 1] for number in range(len(parts))
        ]
