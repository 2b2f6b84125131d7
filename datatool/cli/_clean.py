"""`datatool clean`."""

from __future__ import annotations

from typing import Annotated

import typer

from datatool.cli import _complete
from datatool.cli._dataset import EngineOption, GroupedOptions, OutsideOption
from datatool.cli._output import JsonOption
from datatool.cli._repaired import DecisionsOption, KeepOption, OutOption, tell
from datatool.schemas import MAX_PIXELS


def clean(
    out: OutOption,
    given: GroupedOptions,
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
    images: Annotated[bool, typer.Option("--images", help="Read images; done anyway where a code needs it.")] = False,
    max_pixels: Annotated[int, typer.Option("--max-pixels", help="Limit for E405.")] = MAX_PIXELS,
    engine: EngineOption = None,
    allow_outside_root: OutsideOption = False,
    keep_column: KeepOption = None,
    json: JsonOption = False,
) -> None:
    """Write a copy without the rows of some findings or decisions, and rejected.tsv with what was left out."""
    data = given.read()
    made = data.clean(
        drop=drop or (),
        decisions=decisions,
        images=images,
        max_pixels=max_pixels,
        engine=engine,
        allow_outside_root=allow_outside_root,
        group_column=given.group_column,
        group=given.group,
        keep_column=keep_column or (),
        out=out,
    )
    tell(made, json=json)
