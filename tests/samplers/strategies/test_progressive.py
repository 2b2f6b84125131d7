from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datatool.samplers import Counts, Progressive
from tests.helpers.cells import many_counts


@given(counts=many_counts(), epochs=st.integers(2, 50))
def test_shares_go_from_the_rows_to_equal_classes(counts: Counts, epochs: int) -> None:
    strategy = Progressive(epochs=epochs)

    assert np.allclose(strategy.mass(counts), counts.num_rows / counts.total)
    assert np.allclose(counts.per_class(strategy.last(counts)), 1 / len(counts.classes))
