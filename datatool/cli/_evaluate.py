"""`datatool evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import JsonOption, console, emit_json, say
from datatool.schemas import plural

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
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="Measure each value of this column apart, too. Repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write what --json prints there.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure a run on a list: recall per class, balanced accuracy, confusion."""
    from datatool.cli._talk import talk
    from datatool.evaluation import evaluate as evaluate_run
    from datatool.schemas import atomic_file, check_file

    talk("datatool.training")
    if out is not None:
        check_file(out)
    document = evaluate_run(run, list=list_, checkpoint=checkpoint, names=names, by=by or [])
    if out is not None:
        with atomic_file(out) as file:
            file.write_text(document.to_json(), encoding="utf-8")
        images = sum(row.support for row in document.per_class)
        say(f"wrote {out}: {plural(images, 'image')} of {len(document.per_class)} classes")
    if json:
        emit_json(document)
    else:
        print_evaluation(document)


def print_evaluation(document: EvalDocument, /) -> None:
    """Headline and a table of classes."""
    from datatool.cli._table import plain_table

    screen = console()
    screen.print(f"balanced accuracy {document.balanced_accuracy:.4f}, top-1 {document.top1:.4f}")
    table = plain_table("class", "name", "images", "recall", "precision", text=("name",))
    for row in document.per_class[:_MOST]:
        shown = ("-" if value is None else f"{value:.3f}" for value in (row.recall, row.precision))
        table.add_row(str(row.class_), row.name, str(row.support), *shown)
    screen.print(table)
    if len(document.per_class) > _MOST:
        screen.print(f"... and {len(document.per_class) - _MOST} more classes")
    if document.slices:
        _print_slices(document)


def _print_slices(document: EvalDocument) -> None:
    """A table of the values of each column."""
    from datatool.cli._table import plain_table

    screen = console()
    for column in dict.fromkeys(each.column for each in document.slices):
        slices = [each for each in document.slices if each.column == column]
        table = plain_table(column, "images", "top-1", "95 % interval", "balanced", "classes", text=(column,))
        for each in slices[:_MOST]:
            span = f"{each.low:.3f} to {each.high:.3f}"
            shown = (str(each.support), f"{each.top1:.3f}", span, f"{each.balanced_accuracy:.3f}", str(each.classes))
            table.add_row(each.value or "(empty)", *shown)
        screen.print(table)
        if len(slices) > _MOST:
            screen.print(f"... and {len(slices) - _MOST} more values of {column}")
