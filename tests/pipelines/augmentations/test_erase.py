"""Erasing fills boxes of the paper's sizes."""

from __future__ import annotations

import numpy as np

from datatool.pipelines import Erase
from tests.helpers.pictures import pixels
from tests.helpers.uniforms import uniforms

IMAGE = pixels(3, width=48, height=48)


def test_erasing_fills_a_box_with_grey_as_often_as_asked() -> None:
    erase = Erase(0.25)
    boxes = [erase.box(uniforms(seed), 48) for seed in range(800)]
    areas = np.array([width * height for _, _, width, height in boxes])
    assert 0.2 < np.mean(areas > 0) < 0.3
    assert areas.max() <= 0.36 * 48 * 48
    assert all(x + width <= 48 and y + height <= 48 for x, y, width, height in boxes)
    image = IMAGE.copy()
    x, y, width, height = next(box for box in boxes if box[2])
    number = next(seed for seed in range(800) if boxes[seed][2])
    erase.change(image, uniforms(number))
    assert np.all(image[y : y + height, x : x + width] == 128)
