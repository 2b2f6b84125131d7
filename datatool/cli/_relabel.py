"""`datatool relabel`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datatool.cli._dataset import DatasetOptions
from datatool.cli._output import JsonOption
from datatool.cli._repaired import DecisionsOption, KeepOption, OutOption, tell


def relabel(
    out: OutOption,
    given: DatasetOptions,
    map_: Annotated[
        Path | None,
        typer.Option("--map", metavar="MAP", help="map.json of an earlier relabel: its ids never change."),
    ] = None,
    merge: Annotated[
        Path | None,
        typer.Option("--merge", metavar="FILE", help="CSV `old,new`: classes that are joined, in every split."),
    ] = None,
    decisions: DecisionsOption = None,
    keep_column: KeepOption = None,
    json: JsonOption = False,
) -> None:
    """Write a copy with dense class ids, from ids with gaps or from names; one map for all splits.

    With --map, ids of an earlier relabel stay as they are and new classes come behind them; with --decisions, only the
    classes that people decided on change.
    """
    data = given.read()
    made = data.relabel(map=map_, merge=merge, decisions=decisions, keep_column=keep_column or (), out=out)
    tell(made, json=json)
