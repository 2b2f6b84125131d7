"""MLflow: the server that `MLFLOW_TRACKING_URI` names, else files in the run folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from datatool.schemas import MetricsLine, require
from datatool.training._tracked_figures import tracked_figures

_STORE: Final = "mlruns"  # in the run folder
_RUN_ID: Final = "mlflow-run.txt"  # so that a run that is continued is one run there too
_SERVER: Final = "MLFLOW_TRACKING_URI"
_EXPERIMENT: Final = "MLFLOW_EXPERIMENT_NAME"


class MLflow:
    """A run named after the run folder, in the experiment `datatool` unless `MLFLOW_EXPERIMENT_NAME` says otherwise."""

    def __init__(self, folder: Path, /) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nothing is sent that nobody asked for
        tracking = require("mlflow.tracking", extra="mlflow")
        self._client: Any = tracking.MlflowClient(tracking_uri=os.environ.get(_SERVER) or _files_in(folder))
        self._run_id = self._take_up(folder / _RUN_ID) or self._begin(folder)

    def log(self, line: MetricsLine, /) -> None:
        """One metric for each figure, by step."""
        for name, value in tracked_figures(line).items():
            self._client.log_metric(self._run_id, name, value, step=line.step)

    def close(self) -> None:
        """Say that the run has ended."""
        self._client.set_terminated(self._run_id)

    def _take_up(self, file: Path) -> str | None:
        """The id of the run that is continued."""
        if not file.is_file():
            return None
        run_id = file.read_text(encoding="utf-8").strip()
        self._client.update_run(run_id, status="RUNNING")
        return run_id

    def _begin(self, folder: Path) -> str:
        name = os.environ.get(_EXPERIMENT) or "datatool"
        experiment = self._client.get_experiment_by_name(name)
        number = self._client.create_experiment(name) if experiment is None else experiment.experiment_id
        run_id = str(self._client.create_run(number, run_name=folder.name).info.run_id)
        (folder / _RUN_ID).write_text(run_id + "\n", encoding="utf-8")
        return run_id


def _files_in(folder: Path) -> str:
    """Files are what the small package can write; it does so only where it is told that this is meant."""
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    return (folder / _STORE).resolve().as_uri()
