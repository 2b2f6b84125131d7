"""Trackers: one small interface, by name or by entry point."""

from __future__ import annotations

import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import ConfigError, MissingDependencyError
from datatool.schemas import MetricsLine
from datatool.training._tracker import open_trackers
from tests.training.conftest import Run


class Kept:
    """A tracker that remembers."""

    lines: list[MetricsLine] = []  # noqa: RUF012 - shared on purpose: the run makes the instance
    closed = 0

    def __init__(self, folder: Path, /) -> None:
        assert folder.is_dir()

    def log(self, line: MetricsLine, /) -> None:
        self.lines.append(line)

    def close(self) -> None:
        type(self).closed += 1


def test_a_tracker_from_an_entry_point_gets_every_epoch(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is closed once."""
    point = EntryPoint(name="kept", value="tests.training.test_tracker:Kept", group="datatool.trackers")
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda **kw: [point] if kw["group"] == "datatool.trackers" else []
    )
    kept: Any = point.load()
    kept.lines.clear()
    run(run={"epochs": 3, "trackers": ["kept"]})
    assert [line.epoch for line in kept.lines] == [0, 1, 2]
    assert kept.closed == 1


def test_visualdl_gets_scalars_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loss, rate, speed and the evaluation."""
    written: list[tuple[str, int, float]] = []

    class LogWriter:
        def __init__(self, *, logdir: str) -> None:
            assert logdir == str(tmp_path / "visualdl")

        def add_scalar(self, *, tag: str, step: int, value: float) -> None:
            written.append((tag, step, value))

        def close(self) -> None:
            written.append(("closed", 0, 0))

    module = types.ModuleType("visualdl")
    module.LogWriter = LogWriter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "visualdl", module)
    (tracker,) = open_trackers(["visualdl"], tmp_path)
    tracker.log(MetricsLine(stage=0, epoch=0, step=7, lr=0.1, loss=1.5, images_per_second=9, eval={"top1": 0.5}))
    tracker.close()
    assert ("train/loss", 7, 1.5) in written
    assert ("eval/top1", 7, 0.5) in written
    assert written[-1][0] == "closed"


def test_a_tracker_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By nearest name, or with the package to install."""
    with pytest.raises(ConfigError, match=r"did you mean 'visualdl'\?"):
        open_trackers(["visualdll"], tmp_path)
    monkeypatch.setitem(sys.modules, "visualdl", None)
    with pytest.raises(MissingDependencyError, match=r"\[visualdl\]"):
        open_trackers(["visualdl"], tmp_path)
