"""Processes that share a machine: what a launcher says of them reaches the loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datatool.frameworks import Ranks
from datatool.loader import BalancedLoader
from tests.helpers.runs import Run


class _OpenedError(Exception):
    """A loader was about to be made."""


def test_the_loader_is_told_how_many_processes_share_its_machine(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share its memory and CPUs, and the byte cache asks when any of them draws an image again."""
    given: dict[str, Any] = {}

    def opened(self: BalancedLoader, plan: Any, /, **options: Any) -> None:
        given.update(options)
        raise _OpenedError

    monkeypatch.setattr(
        "datatool.training._fit.ranks_of", lambda: Ranks(rank=0, world_size=1, local_rank=0, local_world_size=3)
    )
    monkeypatch.setattr(BalancedLoader, "__init__", opened)
    with pytest.raises(_OpenedError):
        run(run={"epochs": 1})
    assert given["local_world_size"] == 3
