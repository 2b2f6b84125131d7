"""Colour jitter stays in its range and agrees with DALI."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.pipelines import Jitter
from datatool.pipelines.augmentations._jitter import ColourFactors
from tests.helpers.pictures import pixels
from tests.helpers.uniforms import uniforms

IMAGE = pixels(3, width=48, height=48)


def test_jitter_without_factors_changes_nothing() -> None:
    image = IMAGE.copy()
    ColourFactors(1.0, 1.0, 1.0, 0.0).apply(image)
    assert np.abs(image.astype(int) - IMAGE).max() <= 1


def test_jitter_of_saturation_zero_is_grey() -> None:
    image = IMAGE.copy()
    ColourFactors(1.0, 1.0, 0.0, 0.0).apply(image)
    assert np.ptp(image, axis=2).max() <= 2


def test_jitter_agrees_with_dali() -> None:
    dali = pytest.importorskip("nvidia.dali")

    @dali.pipeline_def(batch_size=1, num_threads=1, device_id=None)  # type: ignore[untyped-decorator]
    def twisted() -> object:
        return dali.fn.color_twist(dali.types.Constant(IMAGE), brightness=1.2, contrast=0.7, saturation=1.3, hue=25.0)

    pipe = twisted()
    pipe.build()
    [expected] = pipe.run()
    image = IMAGE.copy()
    ColourFactors(1.2, 0.7, 1.3, 25.0).apply(image)
    assert np.abs(image.astype(int) - np.array(expected.as_tensor())[0]).mean() < 1


def test_factors_lie_in_the_range_asked_for() -> None:
    factors = np.array([Jitter(0.4).factors(uniforms(seed)) for seed in range(300)])
    assert np.all((factors[:, :3] > 0.6) & (factors[:, :3] < 1.4))
    assert np.all(np.abs(factors[:, 3]) <= 36)
    assert np.all(factors.std(0) > [0.2, 0.2, 0.2, 18])
