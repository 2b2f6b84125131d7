"""Shares of mixtures follow the beta distribution."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.pipelines.augmentations._beta import beta_quantile


@pytest.mark.parametrize("alpha", [0.2, 0.4, 1.0, 2.0])
def test_quantiles_are_those_of_the_beta_distribution(alpha: float) -> None:
    """Against its first moments: mean 1/2 and variance 1 / (4 (2 alpha + 1))."""
    values = np.array([beta_quantile(alpha, probability) for probability in (np.arange(20_000) + 0.5) / 20_000])
    assert values.mean() == pytest.approx(0.5, abs=1e-6)
    assert values.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=2e-3)
    assert np.all(np.diff(values) >= 0)
