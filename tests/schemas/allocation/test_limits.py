from __future__ import annotations

import numpy as np

from datatool.schemas.allocation import Counts, limits_of

COUNTS = Counts.of({0: {"real": 5, "synthetic": 2}, 3: {"real": 4}})


def test_without_a_limit_on_repeats_a_cell_may_have_the_whole_epoch() -> None:
    limits = limits_of(COUNTS, total=20, max_repeat=None, synthetic_cap=None)

    assert limits.cap.tolist() == [20, 20, 20]
    assert limits.synthetic.tolist() == [False, True, False]


def test_repeats_limit_a_cell_by_its_rows() -> None:
    assert limits_of(COUNTS, total=20, max_repeat=3, synthetic_cap=None).cap.tolist() == [15, 6, 12]


def test_a_limit_past_the_epoch_does_not_overflow() -> None:
    limits = limits_of(COUNTS, total=20, max_repeat=10**18, synthetic_cap=None)

    assert limits.cap.tolist() == [100, 40, 80]
    assert limits.cap.dtype == np.int64
