from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from datatool.pipelines._render import antialias
from tests.helpers.pictures import pixels

IMAGE = cv2.GaussianBlur(pixels(5, width=400, height=300), (0, 0), 1.0)


def resized(box: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    out = np.empty((size[1], size[0], 3), np.uint8)
    antialias(box, out)
    return out


@pytest.mark.parametrize("size", [(399, 299), (300, 220), (224, 224), (201, 151), (120, 100), (450, 200), (500, 400)])
def test_shrinking_is_antialiased_as_in_pillow(size: tuple[int, int]) -> None:
    expected = np.asarray(Image.fromarray(IMAGE).resize(size, Image.Resampling.BILINEAR)).astype(int)
    antialiased = np.abs(resized(IMAGE, size) - expected).mean()
    plain = np.abs(cv2.resize(IMAGE, size, interpolation=cv2.INTER_LINEAR) - expected).mean()
    assert antialiased < 2.5
    assert antialiased <= plain + 0.3


def test_stripes_too_fine_for_the_result_become_grey() -> None:
    stripes = np.zeros((200, 200, 3), np.uint8)
    stripes[:, ::2] = 255
    small = resized(stripes, (101, 101)).astype(int)
    assert np.abs(small[:, 5:-5] - 127).max() < 30


def test_a_flat_picture_stays_flat() -> None:
    flat = np.full((130, 170, 3), 93, np.uint8)
    for size in ((100, 100), (40, 40), (200, 200), (150, 100)):
        assert np.all(resized(flat, size) == 93)


def test_the_same_size_changes_nothing() -> None:
    assert np.array_equal(resized(IMAGE, (400, 300)), IMAGE)


def test_a_part_of_a_picture_does_not_see_its_surroundings() -> None:
    alone = resized(IMAGE[50:200, 60:260].copy(), (128, 128))
    assert np.array_equal(resized(IMAGE[50:200, 60:260], (128, 128)), alone)
