"""`.pdparams`: the weights under PaddleClas's names where it has the net, else under the model's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from datatool.deploy._exported_run import ExportedRun
from datatool.errors import ConfigError
from datatool.evaluation import open_trained
from datatool.frameworks import PaddleFramework
from datatool.loader import Batch
from datatool.models import as_paddleclas, model_tensors, read_weights
from datatool.rows import names_text
from datatool.runs import clas_name, clas_option
from datatool.schemas import ModelMeta, Transform, require
from datatool.trainers import TrainerState

WEIGHTS: Final = "model.pdparams"
NAMES: Final = "class_id_map.txt"
_INTERPOLATIONS: Final = {"linear": "bilinear", "cubic": "bicubic"}  # the others have the same name there


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
        (folder / NAMES).write_text(names_text(dict(enumerate(state.names))), encoding="utf-8")
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


def clas_arch(run: ExportedRun, /) -> str | None:
    """The architecture of PaddleClas that the model is; None where it is none of them."""
    model = run.opened.stage.recipe.model
    return None if model.bottleneck is not None or model.acnet else clas_name(model.backbone)


def clas_options(run: ExportedRun, meta: ModelMeta, /) -> tuple[str, ...]:
    """Overrides: weights, architecture, class_num, transforms and names."""
    arch = clas_arch(run)
    if arch is None:
        return ()
    ops = transform_ops(meta.transform)
    keys: list[tuple[str, Any]] = [
        ("Global.pretrained_model", str((run.out / WEIGHTS).with_suffix(""))),
        ("Arch.name", arch),
        ("Arch.pretrained", False),
        ("Arch.class_num", meta.class_num),
        ("DataLoader.Eval.dataset.transform_ops", ops),
        ("Infer.transforms", [*ops, {"ToCHWImage": None}]),
        ("Infer.PostProcess.class_id_map_file", str(run.out / NAMES)),
    ]
    return tuple(clas_option(key, value) for key, value in keys)


def transform_ops(transform: Transform, /) -> list[dict[str, Any]]:
    """A transform of ours in PaddleClas's operators."""
    interpolation = _INTERPOLATIONS.get(transform.interpolation, transform.interpolation)
    size = transform.image_size
    resize: list[dict[str, Any]] = [{"ResizeImage": {"size": size, "interpolation": interpolation}}]
    if transform.eval_resize is not None:
        short = {"resize_short": transform.eval_resize, "interpolation": interpolation}
        resize = [{"ResizeImage": short}, {"CropImage": {"size": size}}]
    normalise = {"scale": "1.0/255.0", "mean": list(transform.mean), "std": list(transform.std), "order": ""}
    return [{"DecodeImage": {"to_rgb": True, "channel_first": False}}, *resize, {"NormalizeImage": normalise}]


def pixels_said(transform: Transform, /) -> str:
    """How far the two programs see the same pixels."""
    if transform.interpolation == "area":
        return (
            "pixels differ: interpolation area decodes large JPEGs at reduced scale, which PaddleClas cannot (measured "
            "on 372 photographs with a sensitive model: 119 against 124 right); train with data.interpolation: linear "
            "where the model goes there"
        )
    return "pixels agree: the same decoder and resize (measured with linear on 372 photographs: scores within 8.5e-6)"
