"""`datatool split`."""

from __future__ import annotations

from typing import Annotated

import typer

from datatool.cli._dataset import EngineOption, GroupedOptions
from datatool.cli._output import JsonOption
from datatool.cli._repaired import KeepOption, OutOption, tell


def split(
    out: OutOption,
    given: GroupedOptions,
    val: Annotated[
        float | None,
        typer.Option("--val", metavar="SHARE", help="Share of the rows for val; with --from: default as before."),
    ] = None,
    test: Annotated[
        float | None, typer.Option("--test", metavar="SHARE", help="Share of the rows for test; likewise.")
    ] = None,
    old: Annotated[
        str | None,
        typer.Option("--from", metavar="OLD", help="An earlier split whose rows stay where they are; see docs/growth."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed gives another draw.")] = 0,
    images: Annotated[
        bool,
        typer.Option("--images/--no-images", help="Read the images, so that identical content stays on one side."),
    ] = True,
    engine: EngineOption = None,
    keep_column: KeepOption = None,
    json: JsonOption = False,
) -> None:
    """Write a copy with val and test split off from train, stratified by class and source.

    With --from OLD, rows of an earlier split keep their places, and only new rows are drawn.
    """
    data = given.read()
    train, *_ = data.split(
        val=val,
        test=test,
        old=old,
        seed=seed,
        images=images,
        engine=engine,
        group_column=given.group_column,
        group=given.group,
        keep_column=keep_column or (),
        out=out,
    )
    tell(train, json=json)
