from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.images import DCT_SCALES
from datatool.pipelines import Augment, Stream
from datatool.pipelines._geometry import decode_scale, geometry

SIDES = st.integers(1, 6000)


def uniforms(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(Stream.SIZE)


@given(width=SIDES, height=SIDES, seed=st.integers(0, 10_000), size=st.sampled_from([1, 32, 224]))
def test_a_random_box_lies_inside_the_picture(width: int, height: int, seed: int, size: int) -> None:
    shape = geometry(Augment(crop="random"), uniforms(seed), width=width, height=height, image_size=size)
    assert shape.x >= 0
    assert shape.y >= 0
    assert 0 < shape.width <= width - shape.x
    assert 0 < shape.height <= height - shape.y
    assert (shape.out_width, shape.out_height, shape.left, shape.top) == (size, size, 0, 0)


def test_boxes_have_the_area_and_ratio_asked_for() -> None:
    augment = Augment(crop="random", scale=(0.2, 0.5), ratio=(0.8, 1.25))
    shapes = [geometry(augment, uniforms(seed), width=1000, height=1000, image_size=500) for seed in range(500)]
    areas = np.array([shape.width * shape.height for shape in shapes]) / 1e6
    ratios = np.array([shape.width / shape.height for shape in shapes])
    assert 0.195 < areas.min() < 0.22
    assert 0.48 < areas.max() < 0.505
    assert 0.79 < ratios.min() < 0.82
    assert 1.22 < ratios.max() < 1.26
    assert np.log(ratios).mean() == pytest.approx(0, abs=0.02)


def test_boxes_lie_anywhere() -> None:
    augment = Augment(crop="random", scale=(0.1, 0.1), ratio=(1, 1))
    shapes = [geometry(augment, uniforms(seed), width=300, height=200, image_size=224) for seed in range(400)]
    assert min(shape.x for shape in shapes) == 0
    assert max(shape.x + shape.width for shape in shapes) == 300
    assert np.mean([shape.x for shape in shapes]) == pytest.approx((300 - shapes[0].width) / 2, rel=0.1)


def test_a_picture_too_narrow_for_any_box_gives_its_middle() -> None:
    shape = geometry(Augment(crop="random"), uniforms(0), width=3000, height=10, image_size=32)
    assert shape.height == 10
    assert shape.width == round(10 * 4 / 3)
    assert shape.x == (3000 - shape.width) // 2


def test_half_of_the_pictures_are_flipped() -> None:
    augment = Augment(crop="random", flip=0.5)
    flips = [geometry(augment, uniforms(seed), width=90, height=90, image_size=32).flip for seed in range(400)]
    assert 160 < sum(flips) < 240


@pytest.mark.parametrize(("width", "height"), [(400, 300), (300, 400), (64, 64), (8, 500), (333, 251)])
def test_the_central_crop_is_the_middle_of_the_resized_picture(width: int, height: int) -> None:
    shape = geometry(Augment(crop="center"), uniforms(0), width=width, height=height, image_size=224)
    assert min(shape.out_width, shape.out_height) == 256
    assert shape.out_width / shape.out_height == pytest.approx(width / height, rel=0.01)
    assert (shape.left, shape.top) == ((shape.out_width - 224) // 2, (shape.out_height - 224) // 2)


@given(width=SIDES, height=SIDES, seed=st.integers(0, 1000), crop=st.sampled_from(["random", "center", "none"]))
def test_the_scaled_box_has_enough_pixels(width: int, height: int, seed: int, crop: str) -> None:
    augment = Augment(crop=crop)  # type: ignore[arg-type]
    shape = geometry(augment, uniforms(seed), width=width, height=height, image_size=64)
    scale = decode_scale(augment, shape)
    assert scale in (1, *DCT_SCALES)
    if scale > 1:
        assert shape.width // scale >= shape.out_width
        assert shape.height // scale >= shape.out_height
    assert (shape.x % scale, shape.y % scale) == (0, 0)


@pytest.mark.parametrize(("side", "scale"), [(64, 1), (191, 1), (192, 2), (384, 4), (768, 8), (6000, 8)])
def test_large_originals_are_decoded_at_a_fraction(side: int, scale: int) -> None:
    shape = geometry(Augment(crop="none"), uniforms(0), width=side, height=side, image_size=64)
    assert decode_scale(Augment(crop="none"), shape) == scale


def test_other_interpolations_decode_in_full() -> None:
    augment = Augment(crop="none", interpolation="linear")
    shape = geometry(augment, uniforms(0), width=4000, height=4000, image_size=64)
    assert decode_scale(augment, shape) == 1


@pytest.mark.parametrize(("width", "height"), [(20_000, 2), (2, 20_000), (65_500, 900), (3000, 1)])
def test_of_a_very_long_picture_only_the_middle_is_resized(width: int, height: int) -> None:
    """Else its resized copy would take gigabytes."""
    shape = geometry(Augment(crop="center"), uniforms(0), width=width, height=height, image_size=224)
    assert max(shape.out_width, shape.out_height) <= 65 * 256
    assert min(shape.left, shape.top) >= 0
    scale = decode_scale(Augment(crop="center"), shape)
    assert abs(2 * shape.x + shape.width - width) <= 2 * scale
    assert abs(2 * shape.y + shape.height - height) <= 2 * scale
    assert shape.x % scale == shape.y % scale == 0


@given(width=st.integers(100, 1600), height=st.integers(100, 1600))
def test_a_central_crop_of_others_resizes_the_whole(width: int, height: int) -> None:
    shape = geometry(Augment(crop="center"), uniforms(0), width=width, height=height, image_size=224)
    assert shape[:4] == (0, 0, width, height)
