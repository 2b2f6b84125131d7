"""`.pdparams`: the weights under PaddleClas's names where it has the net, else under the model's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from datatool.deploy._clas import NAMES, WEIGHTS, clas_arch, names_file, pixels_said
from datatool.deploy._exported_run import ExportedRun
from datatool.errors import ConfigError
from datatool.evaluation import open_trained
from datatool.frameworks import PaddleFramework
from datatool.loader import Batch
from datatool.models import as_paddleclas, model_tensors, read_weights
from datatool.rows import names_text
from datatool.schemas import require
from datatool.trainers import TrainerState


class PdparamsFormat:
    """`model.pdparams`, arrays by name, and class names; nothing is fused, so that training can go on from it."""

    name = "pdparams"
    files: tuple[str, ...] = (WEIGHTS, NAMES)

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
        paddle.save(_named_for_paddleclas(run), str(folder / WEIGHTS))
        state = run.opened.state
        names_file(folder).write_text(names_text(dict(enumerate(state.names))), encoding="utf-8")
        if clas_arch(run) is None:
            return f"load '{run.out / WEIGHTS}' in Paddle: PaddleClas has no such net ({pixels_said(state.transform)})"
        return f"evaluate it in PaddleClas with the overrides below; {pixels_said(state.transform)}"

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
        arrays = read_weights(folder / WEIGHTS).arrays
        back = {theirs: ours for ours, theirs in _names(run).items()}
        again.load_state(TrainerState(model={back[name]: array for name, array in arrays.items()}))
        paddle = require("paddle", extra="paddle")

        def predict(images: Any) -> Any:
            nothing = paddle.zeros([len(images)], "int64")
            return again.logits(
                Batch(images=paddle.to_tensor(images), labels=nothing, weights=nothing, rows=nothing, positions=nothing)
            )

        return [predict]


def _names(run: ExportedRun) -> dict[str, str]:
    """Name in our model -> name in the file: PaddleClas's, where it has the net."""
    tensors = list(model_tensors(run.trainer.kit, run.trainer.model))
    if clas_arch(run) is None:
        return {name: name for name in tensors}
    return as_paddleclas(tensors, run.opened.stage.recipe.model.backbone)


def _named_for_paddleclas(run: ExportedRun) -> dict[str, Any]:
    names = _names(run)
    return {names[name]: tensor for name, tensor in run.trainer.model.state_dict().items()}
