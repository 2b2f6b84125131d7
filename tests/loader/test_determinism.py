"""Order and pixels are functions of plan, seed, epoch and position alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.loader import BalancedLoader
from tests.helpers.written_plans import field, pixels

Open = Callable[..., BalancedLoader]
AUGMENT = "crop-flip+randaugment+jitter+erase"


@pytest.mark.parametrize(
    "options",
    [
        {"num_threads": 1},
        {"num_threads": 5},
        {"prefetch": 1},
        {"prefetch": 9},
        {"cache": 1},
        {"cache": 64},
        {"cache": "auto"},
        {"workers": "processes"},
        {"timeout": 5.0},
        {"on_error": "skip"},
    ],
)
def test_pixels_do_not_depend_on(plan: Path, open_loader: Open, options: dict[str, Any]) -> None:
    expected = list(open_loader(plan, augment=AUGMENT).epoch(1))
    loader = open_loader(plan, augment=AUGMENT, **options)
    list(loader.epoch(0))  # whatever is cached now must not show
    actual = list(loader.epoch(1))
    assert np.array_equal(pixels(expected), pixels(actual))
    assert field(expected, "rows") == field(actual, "rows")


def test_pixels_of_a_position_do_not_depend_on_the_batch_size(plan: Path, open_loader: Open) -> None:
    """With one batch for the whole epoch the rows stand elsewhere: compare what is at the same row and position."""
    by_place: list[dict[tuple[float, float], bytes]] = []
    for batch_size in (4, 6):
        batches = list(open_loader(plan, batch_size=batch_size, augment=AUGMENT).epoch(0))
        keys = zip(field(batches, "rows"), field(batches, "positions"), strict=True)
        by_place.append({key: image.tobytes() for key, image in zip(keys, pixels(batches), strict=True)})
    shared = by_place[0].keys() & by_place[1].keys()
    assert len(shared) > 0
    assert all(by_place[0][key] == by_place[1][key] for key in shared)


def test_another_seed_gives_other_pixels(plan: Path, open_loader: Open) -> None:
    first, second = (pixels(list(open_loader(plan, seed=seed).epoch(0))) for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_closing_in_the_middle_leaves_no_trace(plan: Path, open_loader: Open) -> None:
    expected = pixels(list(open_loader(plan).epoch(1)))
    loader = open_loader(plan)
    batches = loader.epoch(0)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert np.array_equal(expected, pixels(list(loader.epoch(1))))


def test_views_take_turns(plan: Path, open_loader: Open) -> None:
    """Class 2 has 3 pictures and 12 draws: in two epochs each picture is used 8 times, 4 times in each view."""
    loader = open_loader(plan, views=2)
    seen: dict[float, Counter[bytes]] = {}
    for epoch in range(2):
        for batch in loader.epoch(epoch):
            for row, image in zip(batch.rows.tolist(), batch.images, strict=True):
                seen.setdefault(row, Counter())[image.tobytes()] += 1
    assert [sorted(seen[row].values()) for row in (17, 18, 19)] == [[4, 4]] * 3
    assert all(len(images) <= 2 for images in seen.values())


def test_one_view_shows_the_same_pixels_always(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan, views=1)
    seen: dict[float, set[bytes]] = {}
    for epoch in range(2):
        for batch in loader.epoch(epoch):
            for row, image in zip(batch.rows.tolist(), batch.images, strict=True):
                seen.setdefault(row, set()).add(image.tobytes())
    assert all(len(images) == 1 for images in seen.values())
