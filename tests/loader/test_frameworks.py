"""Hand-over without a copy, and memory that stays put as long as anything refers to it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.loader import BalancedLoader
from tests.helpers.written_plans import pixels

Open = Callable[..., BalancedLoader]
FRAMEWORKS = ["numpy", "paddle", "torch"]


def pointer(tensor: Any) -> int:
    return tensor.ctypes.data if isinstance(tensor, np.ndarray) else tensor.data_ptr()


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("output", ["uint8", "float32"])
def test_every_framework_gets_the_same_numbers(plan: Path, open_loader: Open, framework: str, output: str) -> None:
    expected = list(open_loader(plan, output=output).epoch(0))
    actual = list(open_loader(plan, output=output, framework=framework).epoch(0))
    assert len(expected) == len(actual)
    for one, other in zip(expected, actual, strict=True):
        for name in ("images", "labels", "weights", "rows", "positions"):
            assert np.array_equal(getattr(one, name), np.asarray(getattr(other, name)))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_floats_are_the_bytes_normalised(plan: Path, open_loader: Open, framework: str) -> None:
    mean, std = (0.1, 0.5, 0.9), (0.2, 0.3, 0.4)
    loader = open_loader(plan, output="float32", framework=framework, mean=mean, std=std)
    actual = pixels(list(loader.epoch(0)))
    expected = (pixels(list(open_loader(plan).epoch(0))) / 255.0 - mean) / std
    np.testing.assert_allclose(actual, expected.transpose(0, 3, 1, 2), atol=1e-6)


def test_the_default_normalisation_is_imagenet_s(plan: Path, open_loader: Open) -> None:
    actual = pixels(list(open_loader(plan, output="float32").epoch(0)))
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet
    expected = (pixels(list(open_loader(plan).epoch(0))) / 255.0 - mean) / std
    np.testing.assert_allclose(actual, expected.transpose(0, 3, 1, 2), atol=1e-6)


@pytest.mark.parametrize("framework", ["paddle", "torch"])
@pytest.mark.parametrize("output", ["uint8", "float32"])
def test_pixels_are_handed_over_without_a_copy(
    plan: Path, open_loader: Open, framework: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datatool.pipelines import SlotPool

    lent: list[int] = []
    take = SlotPool.take

    def spy(pool: SlotPool, length: int) -> Any:
        array = take(pool, length)
        lent.append(array.ctypes.data)
        return array

    monkeypatch.setattr(SlotPool, "take", spy)
    batches = list(open_loader(plan, framework=framework, output=output).epoch(0))
    assert {pointer(batch.images) for batch in batches} <= set(lent)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("output", ["uint8", "float32"])
def test_a_batch_stays_as_it_was_while_others_come_and_go(
    plan: Path, open_loader: Open, framework: str, output: str
) -> None:
    loader = open_loader(plan, framework=framework, output=output, prefetch=1)
    first = next(loader.epoch(0)).images
    before = np.asarray(first).copy()
    for epoch in range(6):
        for _ in loader.epoch(epoch):
            pass
    loader.close()
    del loader
    gc.collect()
    assert np.array_equal(np.asarray(first), before)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_slice_keeps_its_batch(plan: Path, open_loader: Open, framework: str) -> None:
    loader = open_loader(plan, framework=framework, prefetch=1)
    part = next(loader.epoch(0)).images[3:4]
    before = np.asarray(part).copy()
    for epoch in range(4):
        list(loader.epoch(epoch))
    assert np.array_equal(np.asarray(part), before)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_memory_is_used_again_once_nothing_refers_to_it(plan: Path, open_loader: Open, framework: str) -> None:
    loader = open_loader(plan, framework=framework, prefetch=1)
    seen = set()
    for epoch in range(6):
        for batch in loader.epoch(epoch):
            seen.add(pointer(batch.images))
            del batch
    assert len(seen) <= 6


def test_paddle_tensors_take_part_in_no_gradient(plan: Path, open_loader: Open) -> None:
    batch = next(open_loader(plan, framework="paddle").epoch(0))
    assert batch.images.stop_gradient


@pytest.mark.parametrize("framework", ["paddle", "torch"])
def test_labels_and_weights_go_straight_into_a_loss(plan: Path, open_loader: Open, framework: str) -> None:
    batch = next(open_loader(plan, framework=framework, output="float32").epoch(0))
    if framework == "paddle":
        import paddle

        logits = paddle.nn.Linear(3 * 32 * 32, 3)(batch.images.flatten(1))
        losses = paddle.nn.functional.cross_entropy(logits, batch.labels, reduction="none")
    else:
        import torch

        logits = torch.nn.Linear(3 * 32 * 32, 3)(batch.images.flatten(1))
        losses = torch.nn.functional.cross_entropy(logits, batch.labels, reduction="none")
    loss = (losses.flatten() * batch.weights).sum() / batch.weights.sum()
    loss.backward()
    assert np.isfinite(float(loss.detach()))


@pytest.mark.parametrize("framework", ["paddle", "torch"])
def test_a_device_that_is_not_there_is_refused(plan: Path, open_loader: Open, framework: str) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(ConfigError, match=r"device must be one that .* sees here; got 'gpu:1'"):
        open_loader(plan, framework=framework, device="gpu:1")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_filler_place_is_of_the_framework_too(plan: Path, open_loader: Open, framework: str) -> None:
    loader = open_loader(plan, batch_size=7, rank=4, world_size=5, framework=framework, output="float32")
    batches = list(loader.epoch(0))
    assert type(batches[0].images) is type(batches[1].images)
    assert np.asarray(batches[1].positions).tolist() == [-1]
