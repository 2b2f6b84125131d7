from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datatool.balance._summary import plan_stats, repeats_histogram
from datatool.schemas import Cells

PAIRS = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 400)), min_size=1, max_size=10)


def _cells(pairs: list[tuple[int, int]]) -> Cells:
    rows, quota = np.array(pairs).T
    size = len(pairs)
    return Cells(label=np.arange(size), source=("real",) * size, num_rows=rows, quota=quota, weight=np.ones(size))


@given(PAIRS)
def test_the_histogram_counts_what_dealing_rows_out_in_turn_gives(pairs: list[tuple[int, int]]) -> None:
    draws = np.concatenate([np.bincount(np.arange(quota) % rows, minlength=rows) for rows, quota in pairs])
    histogram = repeats_histogram(_cells(pairs))
    stats = plan_stats(_cells(pairs), skipped_rows=0)

    assert [one.rows for one in histogram] == [
        int(((one.low <= draws) & (draws <= one.high)).sum()) for one in histogram
    ]
    assert sum(one.rows for one in histogram) == len(draws)
    assert stats.unique_per_epoch == (draws > 0).sum()
    assert stats.max_repeat == draws.max()


def test_the_bins_are_powers_of_two() -> None:
    histogram = repeats_histogram(_cells([(1, draws) for draws in range(10)]))

    assert [(one.low, one.high, one.rows) for one in histogram] == [
        (0, 0, 1),
        (1, 1, 1),
        (2, 2, 1),
        (3, 4, 2),
        (5, 8, 4),
        (9, 16, 1),
    ]
