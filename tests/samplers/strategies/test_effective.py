from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.samplers import effective_number


@given(beta=st.floats(0.001, 0.9999), rows=st.integers(1, 200))
def test_it_is_the_sum_of_powers_of_beta(beta: float, rows: int) -> None:
    """(1 - b^n) / (1 - b) = 1 + b + ... + b^(n-1)."""
    expected = float((beta ** np.arange(rows)).sum())

    assert effective_number(np.array([float(rows)]), beta)[0] == pytest.approx(expected, rel=1e-9)


@given(rows=st.floats(1, 1e8))
def test_it_goes_from_one_to_the_number_of_rows(rows: float) -> None:
    n = np.array([rows])

    assert effective_number(n, 0.0)[0] == 1
    assert effective_number(n, 1 - 1e-12)[0] == pytest.approx(rows, rel=1e-3)
