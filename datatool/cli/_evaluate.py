"""`datatool evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import JsonOption, console, emit_json

if TYPE_CHECKING:
    from datatool.schemas import EvalDocument

_MOST = 50  # classes printed; eval.csv and report.html hold all


def evaluate(
    run: Annotated[Path, typer.Argument(help="Run folder that datatool train wrote.")],
    list_: Annotated[str | None, typer.Option("--list", help="DATASET to evaluate on; default: data.val.")] = None,
    checkpoint: Annotated[str, typer.Option(help="newest, best, or step_N.")] = "newest",
    names: Annotated[
        Path | None, typer.Option("--names", metavar="FILE", help="Names of the list's classes: `id name` per line.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure a run on a list: recall per class, balanced accuracy, confusion."""
    from datatool.cli._talk import talk
    from datatool.evaluation import evaluate as evaluate_run

    talk("datatool.training")
    document = evaluate_run(run, list=list_, checkpoint=checkpoint, names=names)
    if json:
        emit_json(document)
    else:
        print_evaluation(document)


def print_evaluation(document: EvalDocument, /) -> None:
    """Headline and a table of classes."""
    from rich.table import Table

    screen = console()
    screen.print(f"balanced accuracy {document.balanced_accuracy:.4f}, top-1 {document.top1:.4f}")
    table = Table("class", "name", "images", "recall", "precision", box=None)
    for row in document.per_class[:_MOST]:
        shown = ("-" if value is None else f"{value:.3f}" for value in (row.recall, row.precision))
        table.add_row(str(row.class_), row.name, str(row.support), *shown)
    screen.print(table)
    if len(document.per_class) > _MOST:
        screen.print(f"... and {len(document.per_class) - _MOST} more classes")
