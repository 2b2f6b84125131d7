from __future__ import annotations

import numpy as np
import pytest

from datatool.samplers import swollen_by_synthetic


@pytest.mark.parametrize(
    ("class_rows", "synthetic_rows", "expected"),
    [
        ([90, 10, 20], [80, 0, 0], [True, False, False]),
        ([90, 10, 20], [0, 0, 0], [False, False, False]),
        ([30, 10, 10], [22, 0, 0], [False, False, False]),
        ([29, 10, 10], [29, 0, 0], [False, False, False]),
        ([40, 10, 10], [30, 0, 10], [True, False, False]),
        ([5], [5], [False]),
    ],
    ids=["both", "real only", "below 3x real", "below 3x the median", "just 3x real", "one class is its own median"],
)
def test_a_class_is_swollen_at_3x_the_median_and_3x_its_real_rows(
    class_rows: list[int], synthetic_rows: list[int], expected: list[bool]
) -> None:
    assert swollen_by_synthetic(np.array(class_rows), np.array(synthetic_rows)).tolist() == expected
