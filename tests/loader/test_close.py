from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.loader import BalancedLoader
from datatool.schemas import Plan
from tests.helpers.written_plans import LOADER_OPTIONS


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is freed here is freed by reference counts alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def caches() -> list[Any]:
    # By name of the type: isinstance would wake lazy modules.
    return [each for each in gc.get_objects() if type(each).__name__ == "BeladyCache"]


@pytest.mark.parametrize("engine", ["threads", "dali"])
def test_closing_frees_the_cache_and_nothing_waits_for_the_garbage_collector(
    plan: Path, no_collector: None, engine: str
) -> None:
    if engine == "dali":
        pytest.importorskip("nvidia.dali")
    options: dict[str, Any] = {**LOADER_OPTIONS, "cache": 64, "engine": engine}
    with BalancedLoader(plan, **options) as loader:
        next(iter(loader.epoch(0)))
        kept = [cache for cache in caches() if cache.budget == 64 << 20]
        assert kept
    assert [(len(cache), cache.used) for cache in kept] == [(0, 0)] * len(kept)
    gone = weakref.ref(loader)
    del loader
    assert gone() is None


def held(plan: Path) -> bool:
    """Whether this process has the index open."""
    return str(plan / "index.arrow") in {os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()}


@pytest.mark.parametrize("workers", ["threads", "processes"])
def test_closing_lets_go_of_the_index_that_the_loader_opened(plan: Path, no_collector: None, workers: str) -> None:
    with BalancedLoader(plan, **{**LOADER_OPTIONS, "workers": workers}) as loader:
        batch = next(loader.epoch(0))
        assert held(plan)
    assert not held(plan)
    assert len(batch) == 8


def test_a_plan_that_was_given_stays_open(plan: Path) -> None:
    opened = Plan.open(plan)
    with BalancedLoader(opened, **LOADER_OPTIONS) as loader:
        next(loader.epoch(0))
    assert len(opened.rows(np.arange(20)).path) == 20
