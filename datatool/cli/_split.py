"""`datatool split`."""

from __future__ import annotations

from typing import Annotated

import typer

from datatool.cli._dataset import (
    DatasetArgument,
    GroupColumnOption,
    GroupOption,
    LabelColumnOption,
    NamesOption,
    PathColumnOption,
    RootOption,
    SourceColumnOption,
    SplitColumnOption,
    SplitOption,
    SyntheticOption,
    columns_from,
    data_from,
)
from datatool.cli._output import JsonOption
from datatool.cli._repaired import OutOption, tell


def split(
    out: OutOption,
    dataset: DatasetArgument = None,
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
    parts: SplitOption = None,
    root: RootOption = None,
    names: NamesOption = None,
    synthetic: SyntheticOption = None,
    path_column: PathColumnOption = None,
    label_column: LabelColumnOption = None,
    source_column: SourceColumnOption = None,
    split_column: SplitColumnOption = None,
    group_column: GroupColumnOption = None,
    group: GroupOption = None,
    images: Annotated[
        bool,
        typer.Option("--images/--no-images", help="Read the images, so that identical content stays on one side."),
    ] = True,
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="Where images are read: threads, ray or ray:ADDRESS.", show_default="threads"),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a copy with val and test split off from train, stratified by class and source.

    With --from OLD, rows of an earlier split keep their places, and only new rows are drawn.
    """
    columns = columns_from(path_column, label_column, source_column, split_column)
    data = data_from(dataset, split=parts, root=root, names=names, synthetic=synthetic, columns=columns)
    train, *_ = data.split(
        val=val,
        test=test,
        old=old,
        seed=seed,
        images=images,
        engine=engine,
        group_column=group_column,
        group=group,
        out=out,
    )
    tell(train, json=json)
