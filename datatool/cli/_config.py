"""`datatool config show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datatool.cli._output import JsonOption, console, emit_json, say
from datatool.cli._train import OverrideOption

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)


@app.callback()
def _config() -> None:
    """Look at recipes."""


@app.command()
def show(
    recipe: Annotated[Path, typer.Argument(help="Recipe, a YAML file.")],
    override: OverrideOption = None,
    json: JsonOption = False,
) -> None:
    """Show every key of a resolved recipe, its value and where it came from."""
    from datatool.runs import flatten, read_recipe

    reading = read_recipe(recipe, overrides=override or [])
    for hint in reading.hints:
        say(f"note: {hint}")
    values = dict(flatten(reading.recipe.model_dump(mode="json")))
    if json:
        emit_json({key: {"value": value, "origin": reading.origins[key]} for key, value in values.items()})
        return
    from rich.table import Table

    table = Table("key", "value", "origin", box=None)
    for key, value in values.items():
        table.add_row(key, "null" if value is None else str(value), reading.origins[key])
    console().print(table)
