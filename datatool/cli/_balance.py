"""`datatool balance`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from datatool.cli import _complete
from datatool.cli._dataset import DatasetOptions, OutsideOption
from datatool.cli._output import JsonOption, emit_json, say
from datatool.samplers import STRATEGIES, WEIGHTS

if TYPE_CHECKING:
    from datatool.balance import Draft, ExportedList
    from datatool.samplers import Kind


def _listed(kinds: Mapping[str, Kind[Any]], more: str = "") -> str:
    *most, last = [*(kind.usage for kind in kinds.values()), *([more] if more else [])]
    return f"{', '.join(most)} or {last}."


StrategyOption = Annotated[
    str,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help=f"How often a row is drawn: {_listed(STRATEGIES)}",
        autocompletion=_complete.strategies,
    ),
]


def balance(
    given: DatasetOptions,
    strategy: StrategyOption = "natural",
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="DIR|URL", help="The plan; default: <stem>.plan.")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="N|median|max", help="Draws of each class for oversample.")
    ] = None,
    epoch_size: Annotated[int | None, typer.Option("--epoch-size", metavar="N", help="Draws of an epoch.")] = None,
    share: Annotated[
        list[str] | None,
        typer.Option(
            "--share",
            metavar="CLASS[/SOURCE]=S",
            help="Fixed share of the epoch; */SOURCE is a source over all classes. Repeatable.",
        ),
    ] = None,
    max_repeat: Annotated[
        int | None, typer.Option("--max-repeat", metavar="N", help="Most draws of a row in an epoch.")
    ] = None,
    synthetic_share: Annotated[
        float | None, typer.Option("--synthetic-share", metavar="S", help="Synthetic share of each class.")
    ] = None,
    synthetic_cap: Annotated[
        float | None, typer.Option("--synthetic-cap", metavar="R", help="At most R synthetic draws per real draw.")
    ] = None,
    per_batch: Annotated[
        str | None, typer.Option("--per-batch", metavar="P:K", help="P classes of K images in every batch.")
    ] = None,
    weights: Annotated[
        str,
        typer.Option(
            "--weights",
            metavar="NAME",
            help=f"What a draw counts: {_listed(WEIGHTS, 'a CSV file')}",
            autocompletion=_complete.weights,
        ),
    ] = "none",
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", metavar="CLASS[/SOURCE]=W", help="A factor on the weight. Repeatable."),
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", metavar="CODE", help="Apply the advice of W601. Repeatable.")
    ] = None,
    count: Annotated[
        str,
        typer.Option("--count", metavar="rows|unique", help="unique: read the images, each counts once in its class."),
    ] = "rows",
    findings: Annotated[
        Path | None,
        typer.Option("--findings", metavar="DIR", help="Leave out images that this audit found unreadable."),
    ] = None,
    feedback: Annotated[
        Path | None, typer.Option("--feedback", metavar="AFTER.json", help="eval.json of a run with synthetic rows.")
    ] = None,
    before: Annotated[
        Path | None, typer.Option("--before", metavar="BEFORE.json", help="eval.json of a run without them.")
    ] = None,
    skip_faulty: Annotated[bool, typer.Option("--skip-faulty", help="Leave faulty rows out and count them.")] = False,
    allow_outside_root: OutsideOption = False,
    force: Annotated[bool, typer.Option("--force", help="Balance even a list meant for evaluation.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Decides between equal remainders.")] = 0,
    export_list: Annotated[
        Path | None, typer.Option("--export-list", metavar="FILE", help="Also write a plain list, one line per draw.")
    ] = None,
    export_epochs: Annotated[
        int | None, typer.Option("--export-epochs", metavar="N", help="Epochs in that list; default: 1.")
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option("--delimiter", metavar="TEXT", help="Between path and label in that list: space, tab, or any."),
    ] = None,
    fetch: Annotated[
        Path | None,
        typer.Option("--fetch", metavar="DIR", help="Copy shards of buckets to this disk once, and use the copies."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what an epoch would cost and write nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Decide how often each row is drawn and how much it counts, and write that as a plan."""
    from datatool.balance import BalanceOptions
    from datatool.front import balance_data, pair_of
    from datatool.schemas import PAGE_FILE, is_url, join_place

    options = BalanceOptions(
        target=target,
        epoch_size=epoch_size,
        shares=tuple(share or ()),
        max_repeat=max_repeat,
        synthetic_share=synthetic_share,
        synthetic_cap=synthetic_cap,
        per_batch=pair_of(per_batch),
        weights=weights,
        weight=tuple(weight or ()),
        accept=tuple(accept or ()),
        count=count,
        findings=findings,
        skip_faulty=skip_faulty,
        allow_outside_root=allow_outside_root,
        force=force,
        feedback=feedback,
        before=before,
    )
    data = given.read(default="labels.txt", fetch=fetch)
    made = balance_data(
        data,
        strategy=strategy,
        out=out if out is None or is_url(out) else Path(out),
        seed=seed,
        options=options,
        export_list=export_list,
        export_epochs=export_epochs,
        delimiter=delimiter,
        dry_run=dry_run,
    )
    if json:
        emit_json(made.document)
    else:
        show_draft(made.draft, dry_run=dry_run)
    if made.plan is not None:
        say(f"wrote {made.plan.place}; its page is {join_place(made.plan.place, PAGE_FILE)}")
    if made.exported is not None and export_list is not None:
        _say_exported(export_list, made.exported)


def _say_exported(file: Path, done: ExportedList) -> None:
    say(f"wrote {file}: {done.lines:,} lines, paths relative to {done.base}")
    say(f"note: {done.frozen()}.")
    if done.unseen and done.epochs_for_all is not None:
        say(f"Every row has its turn in {done.epochs_for_all:,} epochs: --export-epochs {done.epochs_for_all}.")


def show_draft(draft: Draft, *, dry_run: bool) -> None:
    """Print the tables of a draft, what an epoch costs, and its advice."""
    from datatool.cli._balance_table import advice_lines, cells_table, cells_title, cost_lines, source_table
    from datatool.cli._output import console

    screen = console()
    screen.print(cells_title(draft), soft_wrap=True)
    screen.print(cells_table(draft))
    screen.print(source_table(draft))
    for line in cost_lines(draft, full=dry_run):
        screen.print(line, soft_wrap=True)
    for note in draft.notes:
        say(f"note: {note}.")
    for line in advice_lines(draft):
        say(line)
