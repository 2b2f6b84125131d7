"""What a stage trains on: its plan, opened or made, and the loader over it."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError, FindingsError, LoaderError
from datatool.evaluation._eval_rows import EvalRows, rows_of
from datatool.runs import StageRecipe
from datatool.schemas import IO_THREADS, DataSection, Plan, Transform, is_url, join_place, scratch_folder
from datatool.storage import NUM_FIRST, is_plan, locate_rows, missing_first, open_plan
from datatool.trainers import Trainer

if TYPE_CHECKING:
    from datatool.loader import BalancedLoader, EvalLoader

PLANS: Final = "plans"
_PLANNING: Final[dict[str, Any]] = {"weights": "none", "epoch_size": None, "synthetic_share": None}  # their defaults


def stage_plan(stage: StageRecipe, /, *, index: int, base: Path, folder: Path | None) -> Plan:
    """Open the stage's plan, or make it from its data set.

    Args:
        stage: `data.train` is a plan folder, or a DATASET that goes with `data.strategy`.
        index: Place of the stage.
        base: Folder of the recipe.
        folder: The run folder, where a made plan is kept; None for a plan of this process only.

    Raises:
        PlanError: If the plan cannot be opened or made.
        ConfigError: If strategy and plan do not go together.
        FindingsError: If the data set has findings that stop it.
        LoaderError: If none of its first images is where the plan says.
    """
    plan = _plan(stage, index=index, base=base, folder=folder)
    rows = plan.rows(np.arange(min(NUM_FIRST, plan.num_rows)))
    if missing := missing_first(locate_rows(rows)):
        raise LoaderError(
            f"images of data.train must exist; none of the first {len(missing)} does, the first is '{missing[0]}'",
            hint="make the plan again with datatool balance --root DIR"
            if stage.recipe.data.strategy is None
            else "paths of a list are relative to its folder; a dataset file gives another, as root:",
        )
    return plan


def _plan(stage: StageRecipe, /, *, index: int, base: Path, folder: Path | None) -> Plan:
    data = stage.recipe.data
    place = join_place(base, data.train)
    options = {key: getattr(data, key) for key in _PLANNING if getattr(data, key) != _PLANNING[key]}
    if data.strategy is None:
        if options:
            raise ConfigError(f"data.{next(iter(options))} must go with data.strategy; got no strategy")
        if Path(place).is_file() or (is_url(place) and not is_plan(place)):
            raise ConfigError(
                f"data.train must be a plan folder, or go with data.strategy; got '{data.train}'",
                hint="set data.strategy, such as natural or oversample, or name what datatool balance wrote",
            )
        return open_plan(place)
    if is_plan(place):
        raise ConfigError(
            f"data.strategy must go with a data set; data.train '{place}' is a plan",
            hint="leave data.strategy out, or give the list that the plan was made from",
        )
    from datatool.balance import BalanceOptions, make_plan

    home = _own_folder() if folder is None else folder / PLANS
    home.mkdir(exist_ok=True)
    with rows_of(data.train, base, names=None if data.names is None else join_place(base, data.names)) as rows:
        try:
            return make_plan(
                rows,
                strategy=data.strategy,
                out=home / f"stage_{index}.plan",
                seed=stage.recipe.global_.seed,
                options=BalanceOptions(**options),
            )
        except FindingsError as error:
            given = rows.dataset.command
            error.hint = (
                f"see all with datatool audit {given}, or train on a plan without those rows: "
                f"datatool balance {given} --strategy {data.strategy} --skip-faulty --out DIR"
            )
            raise


def _own_folder() -> Path:
    """Where a process that does not write the run keeps its plans, to its end."""
    held = ExitStack()
    atexit.register(held.close)
    return held.enter_context(scratch_folder())


def transform_of(data: DataSection, /) -> Transform:
    """How an image becomes the model's input outside training."""
    return Transform(
        image_size=data.image_size,
        eval_resize=data.eval_resize,
        interpolation=data.interpolation,
        mean=data.mean,
        std=data.std,
    )


def open_loader(
    plan: Plan,
    data: DataSection,
    /,
    *,
    framework: str,
    device: str,
    seed: int,
    rank: int,
    world_size: int,
    local_world_size: int | None,
) -> BalancedLoader:
    """The loader of a stage."""
    from datatool.loader import BalancedLoader, LoaderOptions

    return BalancedLoader(
        plan,
        **LoaderOptions.named_in(data),
        framework=framework,  # type: ignore[arg-type]
        device=device,
        seed=seed,
        rank=rank,
        world_size=world_size,
        local_world_size=local_world_size,
    )


def open_eval_loader(trainer: Trainer, rows: EvalRows, mine: NDArray[np.int64], data: DataSection, /) -> EvalLoader:
    """Some rows in order, without augmentation."""
    return transform_loader(
        [rows.path[index] for index in mine],
        rows.label[mine],
        transform_of(data),
        batch_size=data.batch_size,
        framework=trainer.framework,
        device=trainer.device,
        num_threads=data.num_threads,
        io_threads=data.io_threads,
    )


def transform_loader(
    paths: list[str],
    labels: NDArray[np.int64] | None,
    transform: Transform,
    /,
    *,
    batch_size: int,
    framework: str = "numpy",
    device: str = "cpu",
    num_threads: int | None = None,
    io_threads: int = IO_THREADS,
    look_first: bool = True,
) -> EvalLoader:
    """Pictures in order, as a model with this transform takes them; evaluation and prediction share it."""
    from datatool.loader import EvalLoader, EvalOptions

    return EvalLoader(
        paths,
        labels,
        **EvalOptions.named_in(transform),
        batch_size=batch_size,
        framework=framework,  # type: ignore[arg-type]
        device=device,
        num_threads=num_threads,
        io_threads=io_threads,
        augment="none" if transform.eval_resize is None else "eval",
        look_first=look_first,
    )
