from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datatool.samplers import Counts, RepeatFactor
from tests.helpers.cells import many_counts


@given(counts=many_counts(), threshold=st.floats(1e-6, 1))
def test_classes_above_the_threshold_are_left_alone_and_others_repeated(counts: Counts, threshold: float) -> None:
    draws = counts.per_class(RepeatFactor(threshold=threshold).mass(counts))
    frequent = counts.class_rows / counts.total >= threshold

    assert np.allclose(draws[frequent], counts.class_rows[frequent])
    assert (draws[~frequent] > counts.class_rows[~frequent]).all()
