"""cutmix keeps its box in the picture and says the share that is left."""

from __future__ import annotations

import pytest

from datatool.pipelines import Cutmix
from datatool.pipelines.augmentations._cutmix import cut
from tests.helpers.uniforms import uniforms


def test_a_cut_stays_inside_the_picture() -> None:
    for share in (0.0, 0.3, 1.0):
        for place in (0.0, 0.5, 0.999):
            top, bottom, left, right = cut(share, place, 1 - place, 32)
            assert 0 <= top <= bottom <= 32
            assert 0 <= left <= right <= 32


def test_the_share_is_that_of_the_pixels_outside_the_box() -> None:
    for seed in range(20):
        share, box = Cutmix(1.0).mixture(uniforms(seed), 32)
        assert box is not None
        assert share == pytest.approx(1 - (box[1] - box[0]) * (box[3] - box[2]) / 32**2)
