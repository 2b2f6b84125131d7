"""Random cells for hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from datatool.samplers import Counts

SOURCES = ("real", "synthetic", "web")


def counts_of(*cells: tuple[int, str, int]) -> Counts:
    """Counts from (class, source, rows)."""
    label, source, num_rows = zip(*cells, strict=True)
    return Counts(label=np.array(label, np.int64), source=source, num_rows=np.array(num_rows, np.int64))


@st.composite
def many_counts(draw: st.DrawFn, *, max_classes: int = 12, max_rows: int = 3000) -> Counts:
    """Counts with gaps in the ids, one to three sources a class, and rows over four orders of magnitude."""
    labels = draw(st.lists(st.integers(0, 40), min_size=1, max_size=max_classes, unique=True))
    cells = []
    for label in sorted(labels):
        sources = draw(st.lists(st.sampled_from(SOURCES), min_size=1, max_size=3, unique=True))
        rows = st.one_of(st.integers(1, 5), st.integers(1, max_rows))
        cells += [(label, source, draw(rows)) for source in sorted(sources)]
    return counts_of(*cells)
