"""`datatool clean`."""

from __future__ import annotations

from typing import Annotated

import typer

from datatool.cli import _complete
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
from datatool.cli._repaired import DecisionsOption, OutOption, tell
from datatool.schemas import MAX_PIXELS


def clean(
    out: OutOption,
    dataset: DatasetArgument = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            "--drop",
            metavar="CODE,...",
            help="Findings whose rows are left out. Repeatable.",
            autocompletion=_complete.line_codes,
        ),
    ] = None,
    decisions: DecisionsOption = None,
    split: SplitOption = None,
    root: RootOption = None,
    names: NamesOption = None,
    synthetic: SyntheticOption = None,
    path_column: PathColumnOption = None,
    label_column: LabelColumnOption = None,
    source_column: SourceColumnOption = None,
    split_column: SplitColumnOption = None,
    group_column: GroupColumnOption = None,
    group: GroupOption = None,
    images: Annotated[bool, typer.Option("--images", help="Read images; done anyway where a code needs it.")] = False,
    max_pixels: Annotated[int, typer.Option("--max-pixels", help="Limit for E405.")] = MAX_PIXELS,
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="Where images are read: threads, ray or ray:ADDRESS.", show_default="threads"),
    ] = None,
    allow_outside_root: Annotated[
        bool, typer.Option("--allow-outside-root", help="Accept absolute paths and `..`.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write a copy without the rows of some findings or decisions, and rejected.tsv with what was left out."""
    columns = columns_from(path_column, label_column, source_column, split_column)
    data = data_from(dataset, split=split, root=root, names=names, synthetic=synthetic, columns=columns)
    made = data.clean(
        drop=drop or (),
        decisions=decisions,
        images=images,
        max_pixels=max_pixels,
        engine=engine,
        allow_outside_root=allow_outside_root,
        group_column=group_column,
        group=group,
        out=out,
    )
    tell(made, json=json)
