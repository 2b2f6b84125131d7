"""What PaddleClas is told, to evaluate a model of ours as we do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from datatool.deploy._exported_run import ExportedRun
from datatool.runs import clas_name, clas_option
from datatool.schemas import ModelMeta, Transform

WEIGHTS: Final = "model.pdparams"
NAMES: Final = "class_id_map.txt"
_INTERPOLATIONS: Final = {"linear": "bilinear", "cubic": "bicubic"}  # the others have the same name there


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


def names_file(folder: Path, /) -> Path:
    """Where the class names stand, as PaddleClas reads them."""
    return folder / NAMES
