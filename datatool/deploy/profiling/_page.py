"""`profile.html`: accuracy against latency, parameters and operations, and the table behind it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from markupsafe import Markup

from datatool.report import Column, Series, data_table, line_chart, page
from datatool.schemas import ModelProfile, ProfileDocument, atomic_file

_COLOURS: Final = 8


def write_profile_page(document: ProfileDocument, file: Path, /) -> None:
    """Write the page all or nothing."""
    size = "size" if len(document.models) == 1 else "sizes"
    text = page(
        "profile.html",
        title="Model profiles",
        command=shlex.join(["datatool", "profile", *(model.name for model in document.models)]),
        subtitle=f"batch {document.batch}, {document.threads} threads, image {size} as listed",
        context={
            "rule": document.rule,
            "chosen": document.chosen,
            "curves": _curves(document.models),
            "table": _table(document.models),
        },
    )
    with atomic_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _curves(models: list[ModelProfile]) -> list[tuple[Markup, str]]:
    """Pictures of the models whose accuracy is known; none of one alone, which the table says better."""
    known = [model for model in models if model.balanced_accuracy is not None]
    if len(known) < 2:
        return []
    axes = [
        (
            "latency, ms",
            [(model.compiled or model.eager).median for model in known],
            "Of one batch.",
        ),
        ("parameters, millions", [model.params / 1e6 for model in known], "What has to be stored and sent."),
        ("FLOPs, millions", [model.flops / 1e6 for model in known], "What one image costs, whatever the machine."),
    ]
    return [(_picture(_points(known, xs), label), caption) for label, xs, caption in axes]


def _picture(points: list[Series], x_label: str) -> Markup:
    """From zero in cost, and near in accuracy where models differ in it."""
    near = len({y for series in points for _, y in series.points}) > 1
    return line_chart(points, x_label=x_label, y_label="balanced accuracy", from_zero=True, near=near)


def _points(models: list[ModelProfile], xs: list[float]) -> list[Series]:
    return [
        Series(label=model.name, points=[(x, model.balanced_accuracy or 0.0)], slot=1 + place % _COLOURS)
        for place, (model, x) in enumerate(zip(models, xs, strict=True))
    ]


def _table(models: list[ModelProfile]) -> Markup:
    columns = [
        Column(label="model", values=[model.name for model in models]),
        Column(label="balanced accuracy", values=[model.balanced_accuracy for model in models], digits=3),
        Column(label="compiled, ms", values=[m.compiled.median if m.compiled else None for m in models], digits=2),
        Column(label="eager, ms", values=[model.eager.median for model in models], digits=2),
        Column(label="image size", values=[model.image_size for model in models]),
        Column(label="class_num", values=[model.class_num for model in models], grouped=False),
        Column(label="parameters", values=[model.params for model in models]),
        Column(label="of the head", values=[model.head_params for model in models]),
        Column(label="MACs", values=[model.macs for model in models]),
        Column(label="FLOPs", values=[model.flops for model in models]),
        Column(label="training, MiB", values=[m.activation_bytes_training / 2**20 for m in models], digits=2),
        Column(label="inference, MiB", values=[m.activation_bytes_inference / 2**20 for m in models], digits=2),
    ]
    return data_table("models", columns, caption="model")
