from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datatool.schemas.allocation import fit_margins

TABLES = st.integers(0, 10_000).map(lambda seed: np.random.Generator(np.random.PCG64(seed)).uniform(0.1, 9, (5, 3)))
ROW, COLUMN = (index.ravel() for index in np.indices((5, 3)))


@given(start=TABLES, wanted=TABLES)
def test_both_margins_hold_and_odds_ratios_stay(start: np.ndarray, wanted: np.ndarray) -> None:
    """The table nearest in Kullback-Leibler divergence keeps every odds ratio of the one it starts from."""
    fitted = fit_margins(start.ravel(), ROW, COLUMN, wanted.sum(1), wanted.sum(0)).reshape(5, 3)
    before = start[0, 0] * start[1:, 1:] / (start[1:, :1] * start[:1, 1:])
    after = fitted[0, 0] * fitted[1:, 1:] / (fitted[1:, :1] * fitted[:1, 1:])

    assert np.allclose(fitted.sum(0), wanted.sum(0))
    assert np.allclose(fitted.sum(1), wanted.sum(1))
    assert np.allclose(before, after)


def test_margins_that_cannot_hold_leave_the_rows_as_asked() -> None:
    row, column = np.array([0, 1]), np.array([0, 1])
    fitted = fit_margins(np.ones(2), row, column, np.array([6.0, 4]), np.array([10.0, 0]))

    assert np.bincount(row, weights=fitted).tolist() == [6.0, 4.0]
