"""`.pdparams`: the weights under the model's own names, for PaddleClas and other Paddle code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from datatool.deploy._exported_run import ExportedRun
from datatool.errors import ConfigError
from datatool.evaluation import open_trained
from datatool.frameworks import PaddleFramework
from datatool.loader import Batch
from datatool.models import read_weights
from datatool.schemas import require
from datatool.trainers import TrainerState


class PdparamsFormat:
    """`model.pdparams`, a dictionary of arrays; nothing is fused, so that training can go on from it."""

    name = "pdparams"
    files: tuple[str, ...] = ("model.pdparams",)

    def write(self, run: ExportedRun, folder: Path, /) -> str:
        """Write the weights.

        Raises:
            ConfigError: If the run was trained with another framework.
        """
        if not isinstance(run.trainer.kit, PaddleFramework):
            raise ConfigError(
                f"--format pdparams must go with a run of the paddle trainer; got {run.trainer.framework}"
            )
        paddle = require("paddle", extra="paddle")
        paddle.save(run.trainer.model.state_dict(), str(folder / self.files[0]))
        weights = f"-o Global.pretrained_model={Path(self.files[0]).stem}"
        return f"in PaddleClas use -o Arch.class_num={run.opened.state.class_num} {weights}"

    def open(self, folder: Path, /, *, num_threads: int, bfloat16: bool = False) -> Callable[[Any], Any]:
        """Refuse: a file of weights is no program.

        Raises:
            ConfigError: Always.
        """
        del num_threads, bfloat16
        raise ConfigError(
            f"a model to predict with must be a program; '{folder}' holds .pdparams, which is weights only",
            hint="export with --format paddle or --format onnx",
        )

    def to_verify(self, folder: Path, run: ExportedRun, /) -> list[Callable[[Any], Any]]:
        """The file, loaded into a new model of the run."""
        again = open_trained(run.path, checkpoint=run.checkpoint).trainer
        again.load_state(TrainerState(model=read_weights(folder / self.files[0]).arrays))
        paddle = require("paddle", extra="paddle")

        def predict(images: Any) -> Any:
            nothing = paddle.zeros([len(images)], "int64")
            return again.logits(
                Batch(images=paddle.to_tensor(images), labels=nothing, weights=nothing, rows=nothing, positions=nothing)
            )

        return [predict]
