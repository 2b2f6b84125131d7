"""The ops of the policies keep what they should and change what they should."""

from __future__ import annotations

import numpy as np
import pytest

from datatool.pipelines.augmentations._ops import OPS
from tests.helpers.pictures import pixels

IMAGE = pixels(3, width=48, height=48)


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("strength", [-1.0, -0.3, 0.0, 0.3, 1.0])
def test_ops_keep_shape_and_type(op: str, strength: float) -> None:
    before = IMAGE.copy()
    after = OPS[op](IMAGE, strength)
    assert after.shape == IMAGE.shape
    assert after.dtype == np.uint8
    assert np.array_equal(IMAGE, before)


@pytest.mark.parametrize("op", sorted(set(OPS) - {"autocontrast", "equalize"}))
def test_ops_of_no_strength_change_nothing(op: str) -> None:
    assert np.abs(OPS[op](IMAGE, 0.0).astype(int) - IMAGE).max() <= 1


@pytest.mark.parametrize("op", sorted(set(OPS) - {"identity", "autocontrast"}))
def test_ops_of_full_strength_change_much(op: str) -> None:
    assert np.abs(OPS[op](IMAGE, 1.0).astype(int) - IMAGE).mean() > 1


def test_brightness_and_contrast_move_mean_and_spread() -> None:
    assert OPS["brightness"](IMAGE, -0.5).mean() == pytest.approx(0.55 * IMAGE.mean(), rel=0.02)
    assert OPS["contrast"](IMAGE, -1.0).std() < 0.2 * IMAGE.std()
    assert np.ptp(OPS["color"](IMAGE, -1.0), axis=2).mean() < 0.2 * np.ptp(IMAGE, axis=2).mean()


def test_autocontrast_reaches_both_ends() -> None:
    stretched = OPS["autocontrast"](IMAGE // 2 + 40, 0.0)
    assert stretched.min((0, 1)).tolist() == [0, 0, 0]
    assert stretched.max((0, 1)).tolist() == [255, 255, 255]


def test_one_flat_colour_survives_autocontrast() -> None:
    flat = np.full((8, 8, 3), 77, np.uint8)
    assert np.array_equal(OPS["autocontrast"](flat, 0.0), flat)


def test_translation_moves_pixels_to_the_right() -> None:
    moved = OPS["translate_x"](IMAGE, 10 / (0.45 * 48))
    assert np.abs(moved[:, 10:].astype(int) - IMAGE[:, :-10]).max() <= 1
    assert np.all(moved[:, :9] == 128)
