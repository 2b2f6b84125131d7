"""What every test of this folder needs: a CUDA device that the driver shows, and DALI."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from datatool.machine import gpus


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark and, without a GPU, skip the tests of this folder."""
    folder = Path(__file__).parent
    here = [item for item in items if item.path.is_relative_to(folder)]
    reason = None
    if not gpus()[0]:
        reason = "no CUDA device is visible"
    elif importlib.util.find_spec("nvidia") is None or importlib.util.find_spec("nvidia.dali") is None:
        reason = "DALI is not installed"
    for item in here:
        item.add_marker(pytest.mark.gpu)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
