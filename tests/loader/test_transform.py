from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import LoaderError
from datatool.loader import BalancedLoader
from datatool.loader._transform import seeded
from tests.helpers.written_plans import pixels

Open = Callable[..., BalancedLoader]


def negative(*, image: np.ndarray) -> np.ndarray:
    return 255 - image


def with_seed(*, image: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    changed = image.copy()
    changed[:] = seed % 251
    return {"image": changed}


def squeezed(*, image: np.ndarray) -> np.ndarray:
    import cv2

    return np.asarray(cv2.resize(image, (32, 32)))


def test_a_callable_changes_what_augment_made(plan: Path, open_loader: Open) -> None:
    plain, changed = (pixels(list(open_loader(plan, transform=each).epoch(0))) for each in (None, negative))
    assert np.array_equal(255 - plain, changed)


def test_a_callable_that_takes_a_seed_is_given_one_for_each_position(plan: Path, open_loader: Open) -> None:
    first = pixels(list(open_loader(plan, transform=with_seed).epoch(0)))[:, 0, 0, 0]
    again = pixels(list(open_loader(plan, transform=with_seed, num_threads=4, batch_size=8).epoch(0)))[:, 0, 0, 0]
    other = pixels(list(open_loader(plan, transform=with_seed).epoch(1)))[:, 0, 0, 0]
    assert len(set(first.tolist())) > 20
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_without_augment_a_callable_gets_the_whole_picture(plan: Path, open_loader: Open) -> None:
    shapes = set()

    def look(*, image: np.ndarray) -> np.ndarray:
        shapes.add(image.shape)
        return squeezed(image=image)

    list(open_loader(plan, augment="none", transform=look).epoch(0))
    assert {shape[0] for shape in shapes} == {48}
    assert {shape[1] for shape in shapes} == set(range(60, 72))


def test_a_callable_that_writes_into_its_input_does_not_spoil_the_cache(plan: Path, open_loader: Open) -> None:
    def spoil(*, image: np.ndarray) -> np.ndarray:
        small = squeezed(image=image)
        image[:] = 0
        return small

    expected = pixels(list(open_loader(plan, augment="none", transform=spoil).epoch(0)))
    actual = pixels(list(open_loader(plan, augment="none", transform=spoil, cache=64).epoch(0)))
    assert np.array_equal(expected, actual)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda image: image[:5], r"uint8 of shape \(5, 32, 3\)"),
        (lambda image: image / 255, "float64 of shape"),
        (lambda image: None, "NoneType"),
    ],
)
def test_what_a_callable_returns_must_fit_the_batch(
    plan: Path, open_loader: Open, wrong: Callable[[np.ndarray], Any], said: str
) -> None:
    def transform(*, image: np.ndarray) -> Any:
        return wrong(image)

    with pytest.raises(LoaderError, match=rf"transform must return a uint8 array of shape \(32, 32, 3\); got {said}"):
        list(open_loader(plan, transform=transform).epoch(0))


def test_adapters_can_be_sent_to_other_processes() -> None:
    adapted = pickle.loads(pickle.dumps(seeded(negative)))
    image = np.zeros((2, 2, 3), np.uint8)
    assert adapted(image, 0).tolist() == (255 - image).tolist()


@pytest.mark.parametrize("workers", ["threads", "processes"])
def test_albumentations_is_seeded_by_position(plan: Path, open_loader: Open, workers: str) -> None:
    albumentations = pytest.importorskip("albumentations")
    chain = albumentations.Compose(
        [albumentations.RandomResizedCrop((32, 32)), albumentations.HorizontalFlip(), albumentations.ColorJitter()]
    )
    expected = pixels(list(open_loader(plan, augment="none", transform=chain, num_threads=1).epoch(1)))
    loader = open_loader(plan, augment="none", transform=chain, num_threads=2, workers=workers)
    list(loader.epoch(0))
    assert np.array_equal(expected, pixels(list(loader.epoch(1))))
    other = pixels(list(loader.epoch(2)))
    assert not np.array_equal(expected, other)
