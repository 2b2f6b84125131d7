from __future__ import annotations

import numpy as np
import pytest

from datatool.pipelines import Augment, Stream
from datatool.pipelines._change import OPS, Jitter, apply_jitter, change, drawn_erasure, drawn_jitter, drawn_ops
from tests.helpers.pictures import pixels

IMAGE = pixels(3, width=48, height=48)


def uniforms(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(Stream.SIZE)


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


def test_jitter_without_factors_changes_nothing() -> None:
    image = IMAGE.copy()
    apply_jitter(image, Jitter(1.0, 1.0, 1.0, 0.0))
    assert np.abs(image.astype(int) - IMAGE).max() <= 1


def test_jitter_of_saturation_zero_is_grey() -> None:
    image = IMAGE.copy()
    apply_jitter(image, Jitter(1.0, 1.0, 0.0, 0.0))
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
    apply_jitter(image, Jitter(1.2, 0.7, 1.3, 25.0))
    assert np.abs(image.astype(int) - np.array(expected.as_tensor())[0]).mean() < 1


def test_factors_lie_in_the_range_asked_for() -> None:
    drawn = np.array([drawn_jitter(Augment(jitter=0.4), uniforms(seed)) for seed in range(300)])
    assert np.all((drawn[:, :3] > 0.6) & (drawn[:, :3] < 1.4))
    assert np.all(np.abs(drawn[:, 3]) <= 36)
    assert np.all(drawn.std(0) > [0.2, 0.2, 0.2, 18])


def test_erasing_fills_a_box_with_grey_as_often_as_asked() -> None:
    augment = Augment(erase=0.25)
    boxes = [drawn_erasure(augment, uniforms(seed), 48) for seed in range(800)]
    areas = np.array([width * height for _, _, width, height in boxes])
    assert 0.2 < np.mean(areas > 0) < 0.3
    assert areas.max() <= 0.36 * 48 * 48
    assert all(x + width <= 48 and y + height <= 48 for x, y, width, height in boxes)
    image = IMAGE.copy()
    x, y, width, height = next(box for box in boxes if box[2])
    number = next(seed for seed in range(800) if boxes[seed][2])
    change(image, augment, uniforms(number))
    assert np.all(image[y : y + height, x : x + width] == 128)


def test_every_op_is_drawn_about_as_often() -> None:
    drawn = [drawn_ops(Augment(num_ops=2), uniforms(seed)) for seed in range(1000)]
    names = [name for ops in drawn for name, _ in ops]
    assert {len(ops) for ops in drawn} == {2}
    assert all(90 < names.count(name) < 200 for name in OPS)
    assert {abs(strength) for ops in drawn for _, strength in ops} == {0.3}


def test_trivial_augment_draws_one_op_of_any_strength() -> None:
    strengths = [drawn_ops(Augment(trivial=True), uniforms(seed))[0][1] for seed in range(300)]
    assert min(strengths) < -0.9
    assert max(strengths) > 0.9


def test_changes_are_functions_of_their_numbers() -> None:
    augment = Augment(jitter=0.4, erase=0.5, num_ops=2)
    first, again, other = (IMAGE.copy() for _ in range(3))
    change(first, augment, uniforms(1))
    change(again, augment, uniforms(1))
    change(other, augment, uniforms(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
