"""What relabel, clean and split say at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import emit_json, show
from datatool.schemas import plural

if TYPE_CHECKING:
    from datatool.front import Data
    from datatool.schemas import AppliedDecisions, SettledRows, SplitShares

DecisionsOption = Annotated[
    Path | None,
    typer.Option("--decisions", metavar="FILE", help="What review.html of datatool suspects saved."),
]
KeepOption = Annotated[
    list[str] | None,
    typer.Option("--keep-column", metavar="NAME", help="A further column of tables that the copy has. Repeatable."),
]
_MAX_SHOWN = 10  # conflicts; --json has them all
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The new folder.")]


def tell(made: Data, /, *, json: bool) -> None:
    """Print how a data set was made, or its summary and where to go on."""
    document = made.repair
    assert document is not None
    if json:
        emit_json(document)
        return
    splits = ", ".join(f"{name} {rows:,}" for name, rows in document.splits.items())
    show(f"{plural(document.rows, 'row')} ({splits}), class_num {document.class_num}")
    if document.changed is not None:
        show(f"gave another class id to {plural(document.changed, 'row')}")
    if document.command == "clean" and not document.rejected:
        show("left out 0 rows")
    for code, count in document.rejected.items():
        show(f"left out {count:,} for {code}")
    if document.settled is not None:
        show(_settled(document.settled))
    if document.shares is not None:
        show(_shares(document.shares))
    if document.decisions is not None:
        _tell_decisions(document.command, document.decisions)
    for note in document.notes:
        show(f"note: {note}")
    show(f"wrote {document.out}; go on with datatool audit {document.out}/dataset.yaml")


def _settled(rows: SettledRows) -> str:
    kept = f"kept where they were: {plural(rows.by_place, 'row')} by place, {rows.by_content:,} by content"
    followed = f"followed: {rows.by_group:,} by group, {rows.by_look:,} by look; given: {rows.given:,}"
    return f"{kept}\n{followed}; drawn: {rows.drawn:,}"


def _shares(shares: SplitShares) -> str:
    asked = ", ".join(f"{split} {100 * share:.3g} %" for split, share in shares.asked.items())
    settled = f", of which settled rows alone make {shares.least_off:,.1f}" if shares.least_off else ""
    return f"asked of each class and source: {asked}; rows off that: {shares.off:,.1f}{settled}"


def _tell_decisions(command: str, told: AppliedDecisions) -> None:
    done = {"clean": "left out", "relabel": "relabelled"}[command]
    show(f"{done} {plural(told.rows, 'row')} by decision")
    for action, count in told.left.items():
        where = {"drop": ", for datatool clean", "relabel": ", for datatool relabel"}.get(action, "")
        show(f"not done here: {plural(count, 'decision')} to {action}{where}")
    if told.not_found:
        show(f"about pictures that are not here: {plural(told.not_found, 'decision')}")
    if told.num_conflicts:
        show(f"{plural(told.num_conflicts, 'conflict')}, where nothing was done:")
        for sentence in told.conflicts[:_MAX_SHOWN]:
            show(f"  {sentence}")
