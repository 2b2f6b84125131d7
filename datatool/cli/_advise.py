"""`datatool advise`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._backbone import FrozenOptions
from datatool.cli._dataset import GroupedOptions, OutsideOption
from datatool.cli._output import JsonOption, console, emit_json, say, show
from datatool.schemas import plural

if TYPE_CHECKING:
    from datatool.schemas import AdviseDocument


def advise(
    given: GroupedOptions,
    *,
    objective: Annotated[
        str, typer.Option("--for", metavar="balanced|top1|deploy:FILE", help="What is to be good.")
    ] = "balanced",
    strategies: Annotated[
        list[str] | None,
        typer.Option(
            "--strategies",
            metavar="NAME,...",
            help="Ways to train beside natural: strategies of balance, weights:inverse. Repeatable.",
        ),
    ] = None,
    parent: Annotated[
        str | None,
        typer.Option(
            "--parent", metavar="REGEX", help="On paths of synthetic rows; its group is the picture it was made from."
        ),
    ] = None,
    frozen: FrozenOptions,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of folds, order and first weights.")] = 0,
    skip_faulty: Annotated[
        bool, typer.Option("--skip-faulty", help="Leave rows with E1xx to E3xx findings out.")
    ] = False,
    allow_outside_root: OutsideOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Write advise.json, recipe.yaml and advise.html.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Find out on your own pictures what balancing, synthetic rows and more pictures would give."""
    backbone = frozen.settle()
    from datatool.advise import AdviseOptions
    from datatool.advise import advise as run
    from datatool.cli._talk import talk
    from datatool.rows import Grouping

    named = tuple(name.strip() for text in strategies or () for name in text.split(",") if name.strip())
    options = AdviseOptions(
        objective=objective,
        strategies=named or None,
        parent=parent,
        seed=seed,
        skip_faulty=skip_faulty,
        allow_outside_root=allow_outside_root,
        grouping=Grouping(column=given.group_column, pattern=given.group),
        engine=frozen.engine,
    )
    talk("datatool.advise")
    data = given.read()
    with data.open() as rows:
        document = run(rows, backbone, options=options, out=out, home=frozen.features)
    if json:
        emit_json(document)
    else:
        _print(document)
    if out is not None:
        say(f"wrote {out}")


def _print(document: AdviseDocument) -> None:
    from datatool.cli._table import plain_table

    show(f"{plural(document.rows, 'picture')}, for {document.objective}: gain over natural on a frozen backbone")
    if document.ways:
        table = plain_table("way", "value", "gain", "interval", "verdict", text=("way", "verdict"))
        for way in document.ways:
            said = way.verdict if way.name != "natural" else ""
            span = f"{way.low:+.3f} to {way.high:+.3f}" if said else ""
            table.add_row(way.name, f"{way.value:.3f}", f"{way.gain:+.3f}" if said else "", span, said)
        console().print(table)
    for names in document.same:
        show(f"the same: {', '.join(names)}")
    if document.synthetic is not None:
        made = document.synthetic
        show(
            f"synthetic rows: {'none' if not made.share else f'a share of {made.share:g} of each class'}; gain on real "
            f"rows {made.gain:+.3f} ({made.low:+.3f} to {made.high:+.3f})"
        )
    if document.growth is not None:
        grown = document.growth
        show(
            f"{grown.factor} times the pictures of every class: {grown.gain:+.3f} give or take {grown.error:.2f}, "
            f"from {grown.value:.3f}"
        )
    show(f"recommended: {document.recommended or 'nothing'}; {document.reason}")
    if document.command is not None:
        show(document.command)
    show("not said: " + "; ".join(document.refused))
