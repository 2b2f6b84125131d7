"""`datatool train`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from datatool.cli._output import JsonOption, emit_json, say, show
from datatool.cli._several import RESULTS, outcome

if TYPE_CHECKING:
    from datatool.runs import ResolvedRecipe

_STDERR: Final = 2  # what a launcher prints is talk
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
    from datatool.runs import read_recipe, run_path
    from datatool.trainers import make_trainer
    from datatool.training import fit

    talk("datatool.training")
    resolved = read_recipe(recipe, overrides=override or [])
    for hint in resolved.hints:
        say(f"note: {hint}")
    if devices is not None:
        code = _start_processes(resolved, recipe, devices, override or [], resume)
        if code:
            raise typer.Exit(code)
        folder = run_path(resolved.recipe, base=resolved.base)
    else:
        folder = fit(make_trainer(resolved.recipe.run.trainer), resolved.recipe, base=resolved.base, resume=resume)
    if RESULTS not in os.environ:  # the process that started this one prints
        _print(folder, json)


def _start_processes(resolved: ResolvedRecipe, recipe: Path, devices: str, overrides: list[str], resume: bool) -> int:
    """Run this command once per device; the exit code of the first process that failed."""
    from datatool.cli import _worker
    from datatool.frameworks import launch_command
    from datatool.runs import check_new

    check_new(resolved.recipe, base=resolved.base, resume=resume)
    arguments = ["train", str(recipe), *(part for text in overrides for part in ("-o", text))]
    arguments += ["--resume"] * resume
    with tempfile.TemporaryDirectory(prefix="datatool-") as home:
        logs, results = Path(home, "logs"), Path(home, "results")
        results.mkdir()
        launch = launch_command(
            resolved.recipe.run.trainer,
            devices=devices,
            on_cpu=resolved.recipe.global_.device == "cpu",
            script=Path(str(_worker.__file__)),
            arguments=arguments,
            logs=logs,
        )
        environment = {**os.environ, **launch.environment, RESULTS: str(results)}
        done = subprocess.run(launch.command, env=environment, stdout=_STDERR, check=False)
        ended = outcome(results, num_processes=len(devices.split(",")), launcher_code=done.returncode)
    if ended.sentence:
        say(ended.sentence)
    return ended.code


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
    show(str(folder / "report.html"))
