"""What a stage trains on: its plan, opened or made, and the loader over it."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError, DatasetError, LoaderError
from datatool.evaluation._classes import as_classes
from datatool.runs import StageRecipe
from datatool.schemas import EVAL_SPLITS, DataSection, Plan, Transform, scratch_folder
from datatool.storage import NUM_FIRST, locate, locate_all, missing_first
from datatool.trainers import Trainer

if TYPE_CHECKING:
    from datatool.loader import BalancedLoader, EvalLoader
    from datatool.rows import Rows

PLANS: Final = "plans"
_STDIN: Final = "-"
_PLANNING: Final[dict[str, Any]] = {"weights": "none", "epoch_size": None, "synthetic_share": None}  # their defaults


@dataclass(frozen=True, kw_only=True, eq=False)
class EvalRows:
    """Rows to evaluate on, in the order of their list.

    Attributes:
        path: Joined to its root.
        label: int64 (N,).
        source: N strings.
        file: Where the first row was listed, for messages.
    """

    path: list[str]
    label: NDArray[np.int64]
    source: NDArray[np.str_]
    file: str

    def __len__(self) -> int:
        return len(self.path)

    def part(self, rank: int, world_size: int, /) -> NDArray[np.int64]:
        """Row numbers of one process."""
        return np.arange(rank, len(self), world_size)

    def some(self, source: str, count: int, /) -> EvalRows:
        """Up to ``count`` rows of a source, evenly over the list."""
        mine = np.flatnonzero(self.source == source)
        chosen = mine[spread(len(mine), count)]
        return EvalRows(
            path=[self.path[row] for row in chosen.tolist()],
            label=self.label[chosen],
            source=self.source[chosen],
            file=self.file,
        )


def spread(total: int, count: int, /) -> NDArray[np.int64]:
    """Up to ``count`` numbers, evenly over [0, total).

    >>> spread(10, 4).tolist(), spread(2, 4).tolist(), spread(0, 4).tolist()
    ([0, 3, 6, 9], [0, 1], [])
    """
    return np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(np.int64))


@contextmanager
def _rows_of(dataset: str, base: Path, names: Path | str | None = None) -> Iterator[Rows]:
    from datatool.rows import open_rows, resolve

    if not dataset:
        raise DatasetError("a data set must be given; got ''", hint="name a list, table, folder or dataset file")
    with open_rows(resolve(dataset if dataset == _STDIN else str(base / dataset), names=names)) as rows:
        yield rows


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
    if missing := missing_first(locate_all(rows.root, rows.path)):
        raise LoaderError(
            f"images of data.train must exist; none of the first {len(missing)} does, the first is '{missing[0]}'",
            hint="make the plan again with datatool balance --root DIR"
            if stage.recipe.data.strategy is None
            else "paths of a list are relative to its folder; a dataset file gives another, as root:",
        )
    return plan


def _plan(stage: StageRecipe, /, *, index: int, base: Path, folder: Path | None) -> Plan:
    data = stage.recipe.data
    path = base / data.train
    is_plan = (path / "plan.json").exists()
    options = {key: getattr(data, key) for key in _PLANNING if getattr(data, key) != _PLANNING[key]}
    if data.strategy is None:
        if options:
            raise ConfigError(f"data.{next(iter(options))} must go with data.strategy; got no strategy")
        if path.is_file():
            raise ConfigError(f"data.train must be a plan folder, or go with data.strategy; got '{path}'")
        return Plan.open(path)
    if is_plan:
        raise ConfigError(
            f"data.strategy must go with a data set; data.train '{path}' is a plan",
            hint="leave data.strategy out, or give the list that the plan was made from",
        )
    from datatool.balance import BalanceOptions, make_plan

    home = _own_folder() if folder is None else folder / PLANS
    home.mkdir(exist_ok=True)
    with _rows_of(data.train, base, None if data.names is None else base / data.names) as rows:
        return make_plan(
            rows,
            strategy=data.strategy,
            out=home / f"stage_{index}.plan",
            seed=stage.recipe.global_.seed,
            options=BalanceOptions(**options),
        )


def _own_folder() -> Path:
    """Where a process that does not write the run keeps its plans, to its end."""
    held = ExitStack()
    atexit.register(held.close)
    return held.enter_context(scratch_folder())


def eval_rows(
    dataset: str, /, *, base: Path, classes: Sequence[str] | None = None, names: Path | str | None = None
) -> EvalRows:
    """Read the rows of a list, table, folder or dataset file.

    Of a dataset file with several splits the rows are those of val, or of test where there is no val.

    Args:
        dataset: DATASET.
        base: What a relative path is relative to.
        classes: Names of a run's classes, which labels become where the data set has names of its own.
        names: Names file of the data set; default: its own.

    Raises:
        DatasetError: If there is no usable row, or a class is none of ``classes``.
    """
    with _rows_of(dataset, base, names) as rows:
        splits = {row[0] for row in rows.read().execute("SELECT DISTINCT split FROM rows").fetchall()}
        chosen = next((split for split in EVAL_SPLITS if split in splits), None) if len(splits) > 1 else None
        table = (
            rows.read()
            .execute(
                "SELECT root, path, label, source, file FROM rows "
                "WHERE $1 IS NULL OR split::VARCHAR = $1 ORDER BY file, line",
                [chosen],
            )
            .fetchall()
        )
    if not table:
        raise DatasetError(f"a list to evaluate on must have usable rows; got '{dataset}'", hint="run datatool audit")
    file = str(table[0][4])
    label = np.array([row[2] for row in table], np.int64)
    if classes is not None and rows.names is not None:
        counted = rows.dataset.names is None and rows.dataset.found_names is None
        label = as_classes(label, rows.names, classes=classes, counted=counted, file=file)
    return EvalRows(
        path=[locate(row[0], row[1]) for row in table],
        label=label,
        source=np.array([row[3] for row in table]),
        file=file,
    )


def check_val(rows: EvalRows, /, *, class_num: int) -> None:
    """Labels against the model's classes, and the first paths.

    Raises:
        DatasetError: Naming the first label that is too large, or the root if no path exists.
    """
    beyond = np.flatnonzero(rows.label >= class_num)
    if len(beyond):
        raise DatasetError(
            f"labels of data.val must be below class_num {class_num}; got {int(rows.label[beyond[0]])} "
            f"for '{rows.path[int(beyond[0])]}'",
            file=rows.file,
            hint="train on a list with that class, or set model.class_num",
        )
    if missing := missing_first(rows.path):
        raise DatasetError(
            f"images of data.val must exist; none of the first {len(missing)} does, the first is '{missing[0]}'",
            file=rows.file,
            hint="paths of a list are relative to its folder",
        )


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
    plan: Plan, data: DataSection, /, *, framework: str, device: str, seed: int, rank: int, world_size: int
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
        augment="none" if transform.eval_resize is None else "eval",
        look_first=look_first,
    )
