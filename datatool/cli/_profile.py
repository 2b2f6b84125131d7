"""`datatool profile`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from datatool.cli._output import JsonOption, console, emit_json, say, show
from datatool.schemas import IMAGE_SIZE

if TYPE_CHECKING:
    from rich.table import Table

    from datatool.schemas import Latency, ModelProfile, ProfileDocument

_COLUMNS: Final = (
    *("model", "px", "params", "head", "MACs", "FLOPs", "training MiB", "inference MiB"),
    *("eager ms", "compiled ms", "balanced accuracy"),
)
_WIDE: Final = 150  # characters that a line of all figures takes
_MEMORY: Final = "MiB are the peak of float32 activations of one image."


def profile(
    models: Annotated[list[str], typer.Argument(metavar="BACKBONE|RUN...", help="Backbones or run folders.")],
    image_size: Annotated[
        int | None, typer.Option("--image-size", min=8, help=f"Default: a run's own, or {IMAGE_SIZE}.")
    ] = None,
    class_num: Annotated[int | None, typer.Option("--class-num", min=1, help="Of backbones; default 1000.")] = None,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Images per call.")] = 1,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="Default: the usable CPUs.")] = None,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Counted calls of each model.")] = 20,
    trainer: Annotated[str, typer.Option("--trainer", help="paddle or torch, for backbones.")] = "paddle",
    under: Annotated[str | None, typer.Option("--under", metavar="10ms", help="Name the best in this time.")] = None,
    at_least: Annotated[float | None, typer.Option("--at-least", help="And with this balanced accuracy.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A page with pictures.")] = None,
    json: JsonOption = False,
) -> None:
    """Measure what models cost: parameters, MACs and FLOPs, memory, latency; name the best under a limit."""
    from datatool.deploy import Limits, choose, milliseconds, write_profile_page
    from datatool.deploy import profile as profile_models
    from datatool.errors import ConfigError
    from datatool.schemas import check_file

    limits = Limits(under_ms=None if under is None else milliseconds(under), at_least=at_least)
    if out is not None:
        check_file(out)
    document = profile_models(
        models,
        image_size=image_size,
        class_num=class_num,
        trainer=trainer,
        batch=batch,
        threads=threads,
        runs=runs,
    )
    missed: ConfigError | None = None
    if limits != Limits():
        try:
            document = document.model_copy(update={"chosen": choose(document.models, limits)})
        except ConfigError as error:  # told last: what was measured is worth showing
            missed = error
    if out is not None:
        write_profile_page(document, out)
        say(f"wrote {out}")
    if json:
        emit_json(document)
    else:
        _print(document)
    if missed is not None:
        raise missed


def _print(document: ProfileDocument) -> None:
    screen = console()
    screen.print(_table(document) if screen.width >= _WIDE else _blocks(document))
    say(f"batch {document.batch}, {document.threads} threads, median (min to max). {document.rule}. {_MEMORY}")
    if document.chosen is not None:
        show(f"best within the limits: {document.chosen}")


def _table(document: ProfileDocument) -> Table:
    """A model a line."""
    from datatool.cli._table import plain_table

    table = plain_table(*_COLUMNS, text=("model",))
    for model in document.models:
        table.add_row(*_figures(model))
    return table


def _blocks(document: ProfileDocument) -> Table:
    """A figure a line, one model below the other: what a narrow terminal holds."""
    from datatool.cli._table import plain_table

    table = plain_table("figure", "value", text=("figure", "value"), head=False)
    for place, model in enumerate(document.models):
        if place:
            table.add_row("", "")
        for name, figure in zip(_COLUMNS, _figures(model), strict=True):
            table.add_row(name, figure)
    return table


def _figures(model: ModelProfile) -> tuple[str, ...]:
    return (
        model.name,
        str(model.image_size),
        f"{model.params / 1e6:.2f} M",
        f"{model.head_params / 1e6:.2f} M",
        f"{model.macs / 1e6:,.1f} M",
        f"{model.flops / 1e6:,.1f} M",
        f"{model.activation_bytes_training / 2**20:,.2f}",
        f"{model.activation_bytes_inference / 2**20:,.2f}",
        _time(model.eager),
        _time(model.compiled),
        "" if model.balanced_accuracy is None else f"{model.balanced_accuracy:.3f}",
    )


def _time(latency: Latency | None) -> str:
    return "" if latency is None else f"{latency.median:.2f} ({latency.min:.2f} to {latency.max:.2f})"
