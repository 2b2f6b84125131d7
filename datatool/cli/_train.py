"""`datatool train`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import JsonOption, emit_json, say

if TYPE_CHECKING:
    from datatool.training import Reading

OverrideOption = Annotated[
    list[str] | None, typer.Option("-o", "--override", metavar="KEY=VALUE", help="Set a key of the recipe; repeatable.")
]


def train(
    recipe: Annotated[Path, typer.Argument(help="Recipe, a YAML file.")],
    override: OverrideOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a run that has begun.")] = False,
    devices: Annotated[
        str | None, typer.Option("--devices", metavar="0,1,...", help="Start one process on each of these devices.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fine-tune a model on a plan as a recipe says."""
    from datatool.cli._talk import talk
    from datatool.training import fit, make_trainer, read_recipe

    talk("datatool.training")
    reading = read_recipe(recipe, overrides=override or [])
    for hint in reading.hints:
        say(f"note: {hint}")
    if devices is not None:
        raise typer.Exit(_start_processes(reading, recipe, devices, override or [], resume, json))
    folder = fit(make_trainer(reading.recipe.run.trainer), reading.recipe, base=reading.base, resume=resume)
    _print(folder, json)


def _start_processes(
    reading: Reading, recipe: Path, devices: str, overrides: list[str], resume: bool, json: bool
) -> int:
    """Run this command once per device; the exit code of the launcher."""
    from datatool.cli import _worker
    from datatool.training import check_new, launch_command

    check_new(reading.recipe, base=reading.base, resume=resume)
    arguments = ["train", str(recipe), *(part for text in overrides for part in ("-o", text))]
    arguments += ["--resume"] * resume + ["--json"] * json
    with tempfile.TemporaryDirectory(prefix="datatool-") as logs:
        launch = launch_command(
            reading.recipe.run.trainer,
            devices=devices,
            on_cpu=reading.recipe.global_.device == "cpu",
            script=Path(str(_worker.__file__)),
            arguments=arguments,
            logs=Path(logs),
        )
        return subprocess.run(launch.command, env={**os.environ, **launch.environment}, check=False).returncode


def _print(folder: Path, json: bool) -> None:
    from datatool.cli._evaluate import print_evaluation
    from datatool.schemas import EvalDocument

    file = folder / "eval.json"
    document = EvalDocument.model_validate_json(file.read_bytes()) if file.exists() else None
    if json:
        figures = None if document is None else document.model_dump(mode="json", include={"top1", "balanced_accuracy"})
        emit_json({"run": str(folder), "report": str(folder / "report.html"), "eval": figures})
        return
    if document is not None:
        print_evaluation(document)
    typer.echo(str(folder / "report.html"))
