"""Trackers: one small interface, by name or by entry point."""

from __future__ import annotations

import json
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


def test_tensorboard_reads_the_figures_of_a_run(run: Run) -> None:
    """By step, from a run in file mode; each epoch is on disk before the next begins."""
    pytest.importorskip("tensorboard", reason="tensorboard is not installed: pip install '.[tensorboard]'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    folder = run(run={"epochs": 2, "trackers": ["tensorboard"]})
    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    found = [(one.step, float(tensor_util.make_ndarray(one.tensor_proto))) for one in events.Tensors("train/loss")]
    lines = [json.loads(text) for text in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [step for step, _ in found] == [each["step"] for each in lines]
    assert [loss for _, loss in found] == pytest.approx([each["loss"] for each in lines], rel=1e-6)
    assert "eval/balanced_accuracy" in events.Tags()["tensors"]


def test_mlflow_has_one_run_in_files_of_the_run_folder_even_where_it_is_continued(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow", reason="mlflow-skinny is not installed: pip install '.[mlflow]'")
    from mlflow.tracking import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = run(run={"epochs": 2, "trackers": ["mlflow"]})
    client = MlflowClient(tracking_uri=(folder / "mlruns").as_uri())
    (experiment,) = [one for one in client.search_experiments() if one.name == "datatool"]
    (found,) = client.search_runs([experiment.experiment_id])
    assert (found.info.run_name, found.info.status) == (folder.name, "FINISHED")
    history = [(one.step, one.value) for one in client.get_metric_history(found.info.run_id, "train/loss")]
    lines = [json.loads(text) for text in (folder / "metrics.jsonl").read_text().splitlines()]
    assert sorted(history) == [(each["step"], each["loss"]) for each in lines]

    (tracker,) = open_trackers(["mlflow"], folder)
    tracker.log(MetricsLine(stage=0, epoch=2, step=99, lr=0.1, loss=0.25, images_per_second=9))
    tracker.close()
    assert len(client.search_runs([experiment.experiment_id])) == 1
    assert client.get_metric_history(found.info.run_id, "train/loss")[-1].value == 0.25


@pytest.mark.parametrize(("name", "package"), [("tensorboard", "tensorboard.summary"), ("mlflow", "mlflow.tracking")])
def test_a_tracker_without_its_package_says_what_to_install(
    name: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=rf"'{name}'.*\[{name}\]"):
        open_trackers([name], tmp_path)
