"""`datatool suspects`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._backbone import FrozenOptions
from datatool.cli._dataset import GroupedOptions
from datatool.cli._output import FailOn, JsonOption, console, emit_json, say, show
from datatool.schemas import plural

if TYPE_CHECKING:
    from datatool.schemas import SuspectsDocument

_NAMES = {"I801": "labels to review", "I802": "outliers", "I803": "near-duplicates", "I804": "synthetic unlike class"}
_SHOWN = 20  # classes in the table; suspects.json has all


def suspects(
    given: GroupedOptions,
    frozen: FrozenOptions,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of folds and planted labels.")] = 0,
    max_review: Annotated[int, typer.Option("--max-review", min=1, help="Pictures on the review page.")] = 5_000,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="What makes the exit code 1; every suspect is an info.")
    ] = FailOn.error,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Write suspects.json, suspects.parquet and review.html."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Find rows to look at again: wrong labels, outliers, near-duplicates, odd synthetic pictures."""
    backbone = frozen.settle()
    from datatool.cli._talk import talk
    from datatool.rows import Grouping
    from datatool.suspects import SuspectsOptions
    from datatool.suspects import suspects as run

    talk("datatool.suspects")
    data = given.read()
    with data.open() as rows:
        options = SuspectsOptions(
            seed=seed,
            max_review=max_review,
            grouping=Grouping(column=given.group_column, pattern=given.group),
            engine=frozen.engine,
        )
        document = run(rows, backbone, options=options, out=out, home=frozen.features)
    if json:
        emit_json(document)
    else:
        _print(document)
    if out is not None:
        say(f"wrote {out}; look at {out / 'review.html'}, then datatool clean or relabel --decisions decisions.json")
    if fail_on is FailOn.info and any(document.counts.values()):
        raise typer.Exit(1)


def _print(document: SuspectsDocument) -> None:
    from datatool.cli._table import plain_table

    errors = document.label_errors
    show(f"{plural(document.rows, 'picture')} through {document.backbone}")
    if errors is not None:
        show(f"wrong labels: about {errors.estimate:,}, at most {errors.upper:,}")
    for code, count in document.counts.items():
        show(f"{code} {_NAMES[code]}: {count:,}")
    worst = sorted(document.classes, key=lambda one: -one.suspects)
    listed = [one for one in worst if one.suspects or one.domain_auc is not None][:_SHOWN]
    if listed:
        table = plain_table("class", "rows", "labels to review", "synthetic told from real", text=("class",))
        for one in listed:
            domain = "" if one.domain_auc is None else f"{one.domain_auc:.2f} (at least {one.domain_low:.2f})"
            name = str(one.class_) if one.name is None else f"{one.class_} {one.name}"
            table.add_row(name, f"{one.rows:,}", f"{one.suspects:,}", domain)
        console().print(table)
    if any(one.domain_auc is not None for one in listed):
        show("synthetic told from real is a measure of domain, not of harm; datatool advise tells what they gain")
    for note in document.notes:
        show(f"note: {note}")
