from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datatool.loader import BalancedLoader
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
