"""The run folder: made once, continued on request, never mixed with another recipe."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.errors import CheckpointError, ConfigError
from datatool.runs._checkpoint import Checkpoint, newest, read_checkpoint, read_state, steps
from datatool.runs._recipe import flatten
from datatool.runs._stages import stage_recipes
from datatool.schemas import MetricsLine, Recipe, atomic_file, load_yaml

RECIPE: Final = "recipe.yaml"
METRICS: Final = "metrics.jsonl"
EVAL: Final = "eval.json"
TEST: Final = "test.json"
LOADING: Final = "loading.json"
REPORT: Final = "report.html"
_STAGE: Final = re.compile(r"^run\.stages\.\d+\.")
_FREE: Final = (
    "data.engine",
    "data.num_threads",
    "data.io_threads",
    "data.storage_cache",
    "data.storage_cache_bytes",
    "data.cache",
)  # may change on resume: they do not change what is computed
_BATCH: Final = ("data.batch_size", "optimizer.accumulate")  # too, where the total batch stays: as many rows per step


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """Where a run is written.

    Attributes:
        path: The folder.
        new: Whether it was made just now.
    """

    path: Path
    new: bool = False

    def discard_if_empty(self) -> None:
        """Leave nothing behind of a new run that failed before its first figures."""
        if self.new and not self.checkpoints.exists() and not self.metrics():
            shutil.rmtree(self.path, ignore_errors=True)

    @property
    def checkpoints(self) -> Path:
        """Folder of `step_N` folders."""
        return self.path / "checkpoints"

    def finished(self) -> bool:
        """Whether the run wrote its last file."""
        return (self.path / REPORT).exists()

    def last_whole(self) -> tuple[Checkpoint | None, list[str]]:
        """The newest whole checkpoint, and a sentence for each torn one that was passed over."""
        said: list[str] = []
        for folder in reversed(steps(self.checkpoints)):
            try:
                return read_checkpoint(folder), said
            except CheckpointError as error:
                said.append(error.message)
        return None, said

    def metrics(self) -> list[MetricsLine]:
        """Lines written so far; a last line cut short is left out."""
        try:
            lines = (self.path / METRICS).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        found = []
        for line in lines:
            try:
                found.append(MetricsLine.model_validate(json.loads(line)))
            except ValueError:
                continue
        return found

    def add_metrics(self, line: MetricsLine, /) -> None:
        """Append one line."""
        with (self.path / METRICS).open("a", encoding="utf-8") as file:
            file.write(line.to_json(indent=None))

    def rewind_metrics(self, *, stage: int, epoch: int) -> None:
        """Drop lines of epochs that will be run again."""
        kept = [line for line in self.metrics() if (line.stage, line.epoch) < (stage, epoch)]
        with atomic_file(self.path / METRICS) as temporary:
            temporary.write_text("".join(line.to_json(indent=None) for line in kept), encoding="utf-8")


def run_path(recipe: Recipe, /, *, base: Path) -> Path:
    """`output/name`; a recipe without a name is called "run"."""
    return base / recipe.global_.output / (recipe.run.name or "run")


def check_new(recipe: Recipe, /, *, base: Path, resume: bool) -> None:
    """Refuse a run folder that exists, unless it is to be continued.

    Raises:
        ConfigError: If it exists.
    """
    path = run_path(recipe, base=base)
    if path.exists() and not resume:
        raise ConfigError(
            f"a run folder must be new; got '{path}'",
            hint="run with --resume to continue it, or with -o run.name=NAME for a new one",
        )


def open_run(recipe: Recipe, /, *, base: Path, resume: bool, write: bool = True, world_size: int = 1) -> RunFolder:
    """Make the folder, or check that it belongs to this recipe.

    Args:
        recipe: Resolved.
        base: Folder of the recipe.
        resume: Whether the folder may be there.
        write: Whether this process writes the run.
        world_size: Processes.

    Raises:
        ConfigError: If it exists without ``resume``, is no run, or was made with another recipe.
    """
    path = run_path(recipe, base=base)
    folder = RunFolder(path=path, new=write and not path.exists())
    if not write:
        return folder
    check_new(recipe, base=base, resume=resume)
    folder.path.mkdir(parents=True, exist_ok=True)
    file = folder.path / RECIPE
    if file.exists():
        if _check_same(recipe, file, free=_free(recipe, folder, world_size)):
            write_recipe(recipe, file)
    elif any(not entry.name.startswith(".") for entry in folder.path.iterdir()):
        raise ConfigError(f"a run folder must hold {RECIPE}; got '{folder.path}' without it")
    else:
        write_recipe(recipe, file)
    return folder


def write_recipe(recipe: Recipe, file: Path, /) -> None:
    """Write the resolved recipe as YAML."""
    import yaml

    with atomic_file(file) as temporary:
        text = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False)
        temporary.write_text(text, encoding="utf-8")


def read_run_recipe(run: Path, /) -> Recipe:
    """The recipe that a run folder was made with.

    Raises:
        ConfigError: If the folder is no run.
    """
    file = run / RECIPE
    if not file.is_file():
        raise ConfigError(f"a run must be a folder that datatool train wrote; got '{run}'")
    return Recipe.parse(load_yaml(file.read_text(encoding="utf-8"), file=file), file=file)


def _free(recipe: Recipe, folder: RunFolder, world_size: int) -> tuple[str, ...]:
    """Keys that may change."""
    last = newest(folder.checkpoints)
    before = [] if last is None else [stage.total_batch for stage in read_state(last).stages]
    now = [stage.recipe.step_rows * world_size for stage in stage_recipes(recipe)]
    return (*_FREE, *_BATCH) if before == now else _FREE


def _check_same(recipe: Recipe, file: Path, /, *, free: Sequence[str]) -> bool:
    """Whether a key that is free to change did; others that changed are refused."""
    before = _leaves(Recipe.parse(load_yaml(file.read_text(encoding="utf-8"), file=file), file=file))
    now = _leaves(recipe)
    for key in [*now, *before]:
        old, new = before.get(key), now.get(key)
        if _STAGE.sub("", key) not in free and old != new:
            raise ConfigError(
                f"a resumed run must have the recipe it began with; '{key}' was {old!r} and is {new!r}",
                file=file,
                hint=f"only {', '.join(_FREE)} may change; give another run.name to start anew",
            )
    return before != now


def _leaves(recipe: Recipe) -> dict[str, Any]:
    return dict(flatten(recipe.model_dump(mode="json")))
