"""`datatool train`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from datatool.cli import _complete
from datatool.cli._output import JsonOption, emit_json, is_quiet, say, show
from datatool.cli._several import RESULTS, outcome

if TYPE_CHECKING:
    from datatool.runs import ResolvedRecipe

_GRACE: Final = 40.0  # seconds; torchrun gives its processes thirty
_STDERR: Final = 2  # what a launcher prints is talk
OverrideOption = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--override",
        metavar="KEY=VALUE",
        help="Set a key of the recipe; repeatable.",
        autocompletion=_complete.recipe_keys,
    ),
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
    from datatool.front import resolve_recipe, train_resolved
    from datatool.runs import run_path

    talk("datatool.training")
    talk("datatool.front")
    resolved = resolve_recipe(recipe, override=override or ())
    if devices is not None:
        code = _start_processes(resolved, recipe, devices, override or [], resume)
        if code:
            raise typer.Exit(code)
        folder = run_path(resolved.recipe, base=resolved.base)
    else:
        folder = train_resolved(resolved, resume=resume).folder
    if RESULTS not in os.environ:  # the process that started this one prints
        _print(folder, json)


def _start_processes(resolved: ResolvedRecipe, recipe: Path, devices: str, overrides: list[str], resume: bool) -> int:
    """Run this command once per device; the exit code of the first process that failed."""
    from datatool.cli import _worker
    from datatool.frameworks import launch_command
    from datatool.runs import check_new
    from datatool.schemas import scratch_folder

    check_new(resolved.recipe, base=resolved.base, resume=resume)
    arguments = ["train", str(recipe), *(part for text in overrides for part in ("-o", text))]
    arguments += ["--resume"] * resume + ["--quiet"] * is_quiet()
    with scratch_folder() as home:
        logs, results = home / "logs", home / "results"
        results.mkdir()
        launch = launch_command(
            resolved.recipe.run.trainer,
            devices=devices,
            on_cpu=_on_cpu(resolved.recipe.global_.device),
            script=Path(str(_worker.__file__)),
            arguments=arguments,
            logs=logs,
        )
        environment = {**os.environ, **launch.environment, RESULTS: str(results)}
        launcher_code = _wait_for(subprocess.Popen(launch.command, env=environment, stdout=_STDERR))
        ended = outcome(results, num_processes=len(devices.split(",")), launcher_code=launcher_code)
    if ended.sentence:
        say(ended.sentence)
    return ended.code


def _on_cpu(device: str) -> bool:
    """Whether the processes run on the CPU: `auto` is that where the machine has no GPU.

    Asked without a framework, whose launcher would answer with a traceback.
    """
    from datatool.errors import ConfigError
    from datatool.machine import gpus

    has_gpu = device != "cpu" and bool(gpus()[0])
    if not has_gpu and device not in ("auto", "cpu"):
        raise ConfigError(
            f"global.device must name a device that is seen here; got '{device}', and there is no GPU",
            hint="give -o global.device=cpu, or look with datatool doctor",
        )
    return not has_gpu


def _wait_for(launcher: subprocess.Popen[bytes]) -> int:
    """Its exit code; a signal to this process is handed on, and its processes get the time to clean up."""
    try:
        return launcher.wait()
    except BaseException:
        launcher.terminate()
        try:
            launcher.wait(_GRACE)
        except subprocess.TimeoutExpired:
            launcher.kill()
        raise


def _print(folder: Path, json: bool) -> None:
    from datatool.cli._evaluate import print_evaluation
    from datatool.runs import EVAL, TEST
    from datatool.schemas import EvalDocument

    found = {
        name: EvalDocument.model_validate_json((folder / file).read_bytes()) if (folder / file).exists() else None
        for name, file in (("eval", EVAL), ("test", TEST))
    }
    if json:
        figures = {
            name: None if each is None else each.model_dump(mode="json", include={"top1", "balanced_accuracy"})
            for name, each in found.items()
        }
        emit_json({"run": str(folder), "report": str(folder / "report.html"), **figures})
        return
    for name, document in found.items():
        if document is not None:
            if found["test"] is not None:
                show(f"on data.{'val' if name == 'eval' else name}:")
            print_evaluation(document)
    show(str(folder / "report.html"))
