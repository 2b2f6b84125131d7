"""`datatool compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import JsonOption, console, emit_json, say
from datatool.schemas import plural

if TYPE_CHECKING:
    from datatool.schemas import CompareDocument

_MOST = 50  # classes printed, those that differ most; --json has all


def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="The older run folder.")],
    second: Annotated[Path, typer.Argument(metavar="RUN", help="The newer run folder.")],
    list_: Annotated[
        str | None, typer.Option("--list", help="DATASET; default: data.test of the newer run, else data.val.")
    ] = None,
    checkpoint: Annotated[str, typer.Option(help="newest, best, or step_N, of both.")] = "newest",
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="RULE",
            help="worse, or a rule such as 'balanced_accuracy < -0.01' or 'recall:cat.high < 0'. Repeatable.",
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare two runs on the same rows: paired differences with intervals; exit code 1 where a rule holds."""
    from datatool.cli._talk import talk
    from datatool.evaluation import compare as compare_runs

    talk("datatool.training")
    document = compare_runs(first, second, list=list_, checkpoint=checkpoint, fail_if=fail_if or [])
    if json:
        emit_json(document)
    else:
        print_comparison(document)
    held = [rule for rule in document.rules if rule.holds]
    for rule in held:
        say(f"'{rule.rule}' holds: {', '.join(rule.because)}")
    if held:
        raise typer.Exit(1)


def print_comparison(document: CompareDocument, /) -> None:
    from datatool.cli._table import plain_table

    screen = console()
    share = round(document.confidence * 100)
    screen.print(f"{plural(document.rows, 'row')} of classes that both know; differences are second - first")
    head = ("images", "first", "second", "difference", f"{share} % interval", "verdict")
    figures = plain_table("figure", *head, text=("figure", "verdict"))
    for figure in document.figures:
        figures.add_row(figure.name, f"{document.rows:,}", *_cells(figure))
    screen.print(figures)
    classes = sorted(document.classes, key=lambda each: (each.difference, -each.support))
    shown = classes if len(classes) <= _MOST else [*classes[: _MOST // 2], *classes[-_MOST // 2 :]]
    table = plain_table("recall of", *head, text=("recall of", "verdict"))
    for each in shown:
        table.add_row(each.name, str(each.support), *_cells(each))
    screen.print(table)
    if len(shown) < len(classes):
        screen.print(f"... and {len(classes) - len(shown)} classes between these")
    if document.new:
        screen.print(f"new classes, which the first does not know: balanced {document.new_balanced_accuracy:.3f}")
        new = plain_table("recall of", "images", "second", f"{share} % interval", text=("recall of",))
        for fresh in document.new:
            span = f"{fresh.low:.3f} to {fresh.high:.3f}"
            new.add_row(fresh.name, str(fresh.support), f"{fresh.recall:.3f}", span)
        screen.print(new)
    if document.removed:
        say(f"classes that only the first knows: {', '.join(document.removed)}")
    if document.unread:
        say(f"left out, since it cannot be read: {plural(document.unread, 'row')}")
    say("intervals: Bonett and Price 2012; verdicts also need McNemar's mid-p, Holm's over classes, of at most 0.05")


def _cells(figure: object) -> tuple[str, ...]:
    from datatool.schemas import PairedFigure

    assert isinstance(figure, PairedFigure)
    return (
        f"{figure.first:.3f}",
        f"{figure.second:.3f}",
        f"{figure.difference:+.3f}",
        f"{figure.low:+.3f} to {figure.high:+.3f}",
        figure.verdict,
    )
