from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from datatool.loader import BalancedLoader
from tests.loader.plans import write_pictures, write_plan

OPTIONS: dict[str, Any] = {
    "batch_size": 8,
    "image_size": 32,
    "framework": "numpy",
    "engine": "threads",
    "output": "uint8",
    "num_threads": 2,
    "cache": None,
    "max_errors": 1.0,
    "timeout": 30.0,
}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """20 pictures in 3 classes, oversampled to 36 draws."""
    return write_plan(tmp_path / "train.plan", tmp_path / "pictures", write_pictures(tmp_path / "pictures"))


@pytest.fixture
def open_loader() -> Iterator[Callable[..., BalancedLoader]]:
    """Open loaders that are closed at the end of the test."""
    opened: list[BalancedLoader] = []

    def open_(plan: Path, **options: Any) -> BalancedLoader:
        loader = partial(BalancedLoader, plan, **OPTIONS)(**options)
        opened.append(loader)
        return loader

    yield open_
    for loader in opened:
        loader.close()
