"""`datatool config show` and `datatool config init`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import JsonOption, console, emit_json, say
from datatool.cli._output import show as print_text
from datatool.cli._train import OverrideOption

if TYPE_CHECKING:
    from datatool.schemas import AuditDocument

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)


@app.callback()
def _config() -> None:
    """Look at recipes, and begin one."""


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
    from datatool.cli._table import plain_table

    table = plain_table("key", "value", "origin", text=("key", "value", "origin"))
    for key, value in values.items():
        table.add_row(key, "null" if value is None else str(value), reading.origins[key])
    console().print(table)


@app.command()
def init(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="A list, table, folder or dataset file.", show_default=False)
    ],
    val: Annotated[
        str | None, typer.Option("--val", metavar="LIST", help="What to evaluate on; default: the data set's own val.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the recipe there, in place of printing it.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Begin a recipe that fits a data set: class_num, picture size, val and strategy, each line with its reason."""
    from datatool.audit import audit
    from datatool.rows import open_rows, resolve
    from datatool.runs import see, starter_text
    from datatool.schemas import ConfigError, FindingsError, atomic_file, load_yaml

    if out is not None and out.exists():
        raise ConfigError(f"--out must be a new file; got '{out}', which is there", hint="name another")
    home = Path() if out is None else out.parent
    with open_rows(resolve(dataset)) as rows:
        for sentence in rows.stated:
            say(sentence)
        document = audit(rows)
        if not document.class_num:
            raise FindingsError("a data set must have usable rows; got none", hint=f"run datatool audit {dataset}")
        seen = see(rows, document, dataset=_from(home, dataset), val=None if val is None else _from(home, val))
    _say_faults(document, dataset)
    text = starter_text(seen)
    if out is not None:
        with atomic_file(out) as file:
            file.write_text(text, encoding="utf-8")
        say(f"wrote {out}; train with: datatool train {shlex.quote(str(out))}")
    if json:
        emit_json(load_yaml(text))
    elif out is None:
        print_text(text.rstrip("\n"))


def _from(folder: Path, path: str) -> str:
    """A path as a recipe in this folder names it."""
    return path if Path(path).is_absolute() else os.path.relpath(path, folder)


def _say_faults(document: AuditDocument, dataset: str) -> None:
    errors = [f"{finding.code} {finding.name}" for finding in document.findings if finding.severity == "error"]
    if errors:
        say(f"note: training stops at {', '.join(errors)}; datatool audit {shlex.quote(dataset)} says what mends them")
