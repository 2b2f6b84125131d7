"""What the loader promises holds under every engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.loader import BalancedLoader
from tests.helpers.pictures import damages
from tests.helpers.written_plans import field, path_of, pixels

Open = Callable[..., BalancedLoader]
ENGINES: dict[str, dict[str, Any]] = {
    "threads": {},
    "dali": {"engine": "dali"},
    "processes": {"workers": "processes"},
}
pytestmark = pytest.mark.parametrize("engine", ENGINES)


@pytest.fixture(autouse=True)
def _installed(engine: str) -> None:
    if engine == "dali":
        pytest.importorskip("nvidia.dali")


@pytest.mark.slow
def test_resume_is_exact(engine: str, plan: Path, open_loader: Open) -> None:
    """At the start, in the middle, at the end, and twice in an epoch, going back with one loader."""
    loader = open_loader(plan, augment="crop-flip+jitter", **ENGINES[engine])
    whole = list(loader.epoch(1))
    states = [loader.state_dict() | {"epoch": 1, "step": step} for step in (0, 2, 3, 5)]
    for state in states:
        resumed = open_loader(plan, augment="crop-flip+jitter", **ENGINES[engine])
        resumed.load_state_dict(json.loads(json.dumps(state)))
        rest = list(resumed.epoch(1))
        assert len(rest) == 5 - state["step"]
        for one, other in zip(whole[state["step"] :], rest, strict=True):
            assert np.array_equal(one.images, other.images)
            assert np.array_equal(one.rows, other.rows)


def test_the_middle_of_an_epoch_goes_on_with_another_world_size(engine: str, plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan, **ENGINES[engine])
    whole = list(loader.epoch(0))
    ranks = []
    for rank in range(2):
        resumed = open_loader(plan, batch_size=4, rank=rank, world_size=2, **ENGINES[engine])
        resumed.load_state_dict(loader.state_dict() | {"epoch": 0, "step": 3})
        ranks.append(list(resumed.epoch(0)))
    for step, batch in enumerate(whole[3:]):
        parts = [batches[step] for batches in ranks]
        assert field(parts, "rows") == batch.rows.tolist()
        assert np.array_equal(pixels(parts), batch.images)


def test_bad_files_are_replaced_by_the_same_rows_and_named_alike(engine: str, plan: Path, open_loader: Open) -> None:
    files = {0: b"", 3: damages()["page.jpg"], 13: damages()["header_only.jpg"], 18: damages()["no_end.jpg"]}
    for row, data in files.items():
        path_of(plan, row).write_bytes(data)
    path_of(plan, 17).unlink()
    expected_loader = open_loader(plan)
    expected = list(expected_loader.epoch(0))
    loader = open_loader(plan, **ENGINES[engine])
    actual = list(loader.epoch(0))
    for name in ("rows", "labels", "weights", "positions"):
        assert field(expected, name) == field(actual, name)
    assert [(entry.row, entry.action, entry.times) for entry in expected_loader.errors] == [
        (entry.row, entry.action, entry.times) for entry in loader.errors
    ]
    assert np.abs(pixels(expected).astype(int) - pixels(actual)).mean() < 4


def test_a_skipped_place_is_black(engine: str, plan: Path, open_loader: Open) -> None:
    path_of(plan, 17).unlink()
    batches = list(open_loader(plan, on_error="skip", **ENGINES[engine]).epoch(0))
    black = ~pixels(batches).any((1, 2, 3))
    assert np.array_equal(black, np.array(field(batches, "weights")) == 0)
    assert black.sum() == 4


def test_mixtures_are_the_same(engine: str, plan: Path, open_loader: Open) -> None:
    expected, actual = (
        list(open_loader(plan, augment="crop-flip+mixup+cutmix", **ENGINES[each]).epoch(0))
        for each in ("threads", engine)
    )
    for name in ("rows", "shares", "partner_labels"):
        assert field(expected, name) == field(actual, name)
    assert np.abs(pixels(expected).astype(int) - pixels(actual)).mean() < 4
