"""mixup blends whole pictures by a share that its random number names."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.pipelines import Mixup, Stream


def test_the_share_is_the_quantile_of_its_random_number() -> None:
    numbers = np.full(Stream.SIZE, 0.3)
    share, box = Mixup(1.0).mixture(numbers, 32)
    assert share == pytest.approx(0.3, abs=1e-3)
    assert box is None
