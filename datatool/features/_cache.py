"""The cached outputs of a stage's frozen prefix: of its plan, and of lists to evaluate on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.evaluation import EvalRows, PlacedLogits, transform_loader, transform_of
from datatool.features._pictures import (
    TRIED,
    files_key,
    num_views,
    open_pictures,
    pictures,
    plan_paths,
    plan_pictures,
    transform_key,
    without_chance,
)
from datatool.features._store import Features, FeatureStores, Pictures, default_budget, store_key
from datatool.features._substitutes import substitutes
from datatool.loader import Batch, Ledger, error_limit
from datatool.models import Prefix
from datatool.pipelines import Fault
from datatool.runs import log
from datatool.schemas import MAX_ERRORS, Plan, some_named
from datatool.storage import locate_rows
from datatool.trainers import Stage, Trainer

_VERSION: Final = 4  # of what stands at the places of a plan; stores of another version are computed anew


class FeatureCache:
    """The cached prefix of one stage.

    Attributes:
        train: Features of the plan, once opened: at row * views + view what the loader shows where it draws that view.
        substitutes: Places of ``train`` whose own file cannot be read -> the row that is shown, once opened.
        views: Pictures of each row.
        plan: The stage's.

    Args:
        trainer: Built.
        stage: The stage.
        plan: Its plan.
        prefix: The trainer's.
        stores: Where features are kept.
        compiles: Whether the prefix is compiled.
    """

    def __init__(
        self,
        trainer: Trainer,
        stage: Stage,
        plan: Plan,
        prefix: Prefix,
        /,
        *,
        stores: FeatureStores,
        compiles: bool = True,
    ) -> None:
        self._trainer = trainer
        self._stage = stage
        self._prefix = prefix
        self._stores = stores
        self._run = prefix.run if compiles or prefix.eager is None else prefix.eager
        # What is computed the other way differs in its last bits, and a run may not depend on which was there before.
        self._key = store_key(prefix=prefix.key, compiled=self._run is prefix.run, version=_VERSION)
        self.views = num_views(stage.recipe.data) or 1
        self.plan = plan
        self.train: Features
        self.substitutes: dict[int, int]
        self._eval: dict[EvalRows, Features | None] = {}

    def open(self) -> bool:
        """Open the features of the plan; whether there is room for them.

        Raises:
            LoaderError: If more files cannot be read than `BalancedLoader` lets pass.
        """
        found = self._train_features()
        if found is None:
            return False
        self.train = found
        self._count_unreadable()
        self.substitutes = substitutes(found.readable, self.plan.cells, views=self.views)
        return True

    def tensor(self, array: NDArray[Any], /) -> Any:
        """An array on the model's device."""
        return self._prefix.tensor(array)

    def of_rows(self, rows: EvalRows, /) -> Features | None:
        """Features of rows to evaluate on, computed at the first call; None where there is no room for them."""
        if rows not in self._eval:
            data = self._stage.recipe.data

            def made() -> Pictures:
                with transform_loader(
                    rows.path,
                    rows.label,
                    transform_of(data),
                    batch_size=data.batch_size,
                    num_threads=data.num_threads,
                    io_threads=data.io_threads,
                ) as loader:
                    yield from pictures(loader)

            key = store_key(prefix=self._key, data=transform_key(data), files=files_key(rows.path))
            self._eval[rows] = self._open(key, len(rows), made)
        return self._eval[rows]

    def logits(self, rows: EvalRows, /) -> PlacedLogits | None:
        """Logits of this process's rows from their features; None where there is no room for them."""
        features = self.of_rows(rows)
        return None if features is None else self._logits(rows, features)

    def _logits(self, rows: EvalRows, features: Features) -> PlacedLogits:
        mine = rows.part(self._stage.rank, self._stage.world_size)
        mine = mine[features.readable[mine]]
        size = self._stage.recipe.data.batch_size
        for start in range(0, len(mine), size):
            places = mine[start : start + size]
            batch = Batch(
                images=None,
                features=self.tensor(np.ascontiguousarray(features.array[places])),
                labels=self.tensor(rows.label[places]),
                weights=self.tensor(np.ones(len(places), np.float32)),
                rows=places,
                positions=places,
            )
            yield places, np.asarray(self._trainer.logits(batch))

    def _train_features(self) -> Features | None:
        data, seed = self._stage.recipe.data, self._stage.seed
        key = store_key(
            prefix=self._key,
            data=transform_key(data),
            augment=data.augment,
            views=self.views,
            seed=None if without_chance(data) else seed,
            cells=self.plan.cells.num_rows.tolist(),  # not the quotas: every way to balance a list shares its features
            files=files_key(plan_paths(self.plan)),
        )
        return self._open(
            key,
            self.plan.num_rows * self.views,
            lambda: plan_pictures(self.plan, data, views=self.views, seed=seed),
        )

    def _count_unreadable(self) -> None:
        """One entry per file, as the loader counts them."""
        rows = np.unique(np.flatnonzero(~self.train.readable) // self.views)
        ledger = Ledger(on_error="replace", limit=error_limit(MAX_ERRORS, self.plan.num_rows))
        reason = "no picture could be read from it"
        found = self.plan.rows(rows)
        for place, (row, path) in enumerate(zip(rows.tolist(), locate_rows(found), strict=True)):
            ledger.record([Fault(place=place, row=row, path=path, kind="unreadable", reason=reason)])
        if names := [error.path for error in ledger.errors]:
            log(f"{len(names)} files cannot be read; others of their cells take their places: {some_named(names)}")

    def _open(self, key: str, num_places: int, made: Callable[[], Pictures]) -> Features | None:
        """The first process computes, the others wait and read; None on all of them where there is no room."""
        first, features = self._stage.rank == 0, None
        if first:
            features = self._stores.open(key, num_places=num_places, pictures=made, run=self._run)
        if self._stage.world_size > 1:
            has = self._trainer.sum_over_ranks(np.array([float(features is not None)]))
            if not first and has[0] > 0:
                features = self._stores.open(key, num_places=num_places, pictures=made, compared=False, run=self._run)
        return features


def open_cache(
    trainer: Trainer, stage: Stage, plan: Plan, /, *, output: Path, compiles: bool = True
) -> FeatureCache | None:
    """The cache of a stage whose features are worth it, or None where there can be none; the reason is logged.

    Args:
        trainer: Built.
        stage: The stage.
        plan: Its plan.
        output: The output folder of runs.
        compiles: Whether the frozen layers are compiled.
    """
    recipe = stage.recipe
    count = min(TRIED, recipe.data.batch_size, plan.num_rows)
    with open_pictures(plan_paths(plan, count=count), recipe.data) as loader:
        images = next(iter(loader)).images
    prefix = trainer.prefix(images)
    if prefix is None:
        log("no feature cache: the model cannot be cut behind its frozen layers")
        return None
    asked = recipe.run.feature_cache
    budget = asked << 20 if isinstance(asked, int) else default_budget(output)
    stores = FeatureStores(output, prefix, budget=budget)
    cache = FeatureCache(trainer, stage, plan, prefix, stores=stores, compiles=compiles)
    return cache if cache.open() else None
