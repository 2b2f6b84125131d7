"""Trackers: one small interface, by name or by entry point."""

from __future__ import annotations

import sys
import types
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from datatool.errors import ConfigError, MissingDependencyError
from datatool.schemas import MetricsLine
from datatool.training._tracker import open_trackers
from tests.helpers.runs import Run


@pytest.mark.usefixtures("toy_plugin")
def test_a_tracker_of_an_installed_plugin_gets_every_epoch(run: Run) -> None:
    """And is closed once."""
    (point,) = entry_points(group="datatool.trackers", name="kept")
    kept = point.load()
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
