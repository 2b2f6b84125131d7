"""Training and evaluating on the cached outputs of a frozen prefix, instead of on images."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.evaluation import Draw, EvalRows, PlacedLogits, host, open_eval_loader
from datatool.features._store import Features, FeatureStores, Pictures, default_budget, store_key
from datatool.loader import MAX_ERRORS, EvalLoader, Ledger, error_limit, view_chance
from datatool.models import Prefix
from datatool.pipelines import Fault, parse_augment
from datatool.runs import log
from datatool.samplers import BalancedSampler
from datatool.schemas import DataSection, LoaderError, Plan
from datatool.trainers import Stage, StepBatch, Trainer

_MAX_STAT: Final = 1_000_000  # files; past it changes inside a plan's files are not looked for
_MAX_NAMED: Final = 5  # unreadable files


class FeatureCache:
    """The cached prefix of one stage.

    Attributes:
        train: Features of the plan, once opened.

    Args:
        trainer: Built.
        stage: The stage.
        plan: Its plan.
        prefix: The trainer's.
        stores: Where features are kept.
    """

    def __init__(self, trainer: Trainer, stage: Stage, plan: Plan, prefix: Prefix, /, *, stores: FeatureStores) -> None:
        self._trainer = trainer
        self._stage = stage
        self._prefix = prefix
        self._stores = stores
        self.views = num_views(stage.recipe.data) or 1
        self.plan = plan
        self.train: Features
        self._eval: dict[int, Features | None] = {}

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
        return True

    def tensor(self, array: NDArray[Any], /) -> Any:
        """An array on the model's device."""
        return self._prefix.tensor(array)

    def of_rows(self, rows: EvalRows, /) -> Features | None:
        """Features of rows to evaluate on, computed at the first call; None where there is no room for them."""
        if id(rows) not in self._eval:
            data = self._stage.recipe.data

            def pictures() -> Pictures:
                with open_eval_loader(_Numpy, rows, np.arange(len(rows)), data) as loader:
                    yield from _pictures(loader)

            key = store_key(prefix=self._prefix.key, data=_transform(data), files=_digest(rows.path))
            self._eval[id(rows)] = self._open(key, len(rows), pictures)
        return self._eval[id(rows)]

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
            batch = StepBatch(
                images=None,
                features=self.tensor(np.ascontiguousarray(features.array[places])),
                labels=self.tensor(rows.label[places]),
                weights=self.tensor(np.ones(len(places), np.float32)),
            )
            yield places, np.asarray(self._trainer.logits(batch))

    def _train_features(self) -> Features | None:
        data = self._stage.recipe.data
        key = store_key(
            prefix=self._prefix.key,
            data=_transform(data),
            augment=data.augment,
            views=self.views,
            seed=None if _deterministic(data) else self._stage.seed,
            plan=self.plan.fingerprint,
            files=_digest(plan_paths(self.plan)),
        )
        return self._open(key, self.plan.num_rows * self.views, self._plan_pictures)

    def _plan_pictures(self) -> Pictures:
        """Place row * views + view: the picture that the loader makes of that view of the row."""
        views, seed = self.views, self._stage.seed

        def chance(places: NDArray[np.int64]) -> Any:
            return view_chance(seed, views=places % views, rows=places // views)

        paths = [path for path in plan_paths(self.plan) for _ in range(views)]
        with _loader(paths, self._stage.recipe.data, chance) as loader:
            yield from _pictures(loader)

    def _count_unreadable(self) -> None:
        """One entry per file, as the loader counts them."""
        rows = np.unique(np.flatnonzero(~self.train.readable) // self.views)
        ledger = Ledger(on_error="replace", limit=error_limit(MAX_ERRORS, self.plan.num_rows))
        reason = "no picture could be read from it"
        found = self.plan.rows(rows)
        for place, (row, root, path) in enumerate(zip(rows.tolist(), found.root, found.path, strict=True)):
            ledger.record(
                [Fault(place=place, row=row, path=os.path.join(root, path), kind="unreadable", reason=reason)]
            )
        if names := [error.path for error in ledger.errors]:
            more = ", ..." if len(names) > _MAX_NAMED else ""
            said = ", ".join(names[:_MAX_NAMED])
            log(f"{len(names)} files cannot be read; others of their cells take their places: {said}{more}")

    def _open(self, key: str, num_places: int, pictures: Callable[[], Pictures]) -> Features | None:
        """The first process computes, the others wait and read; None on all of them where there is no room."""
        first, features = self._stage.rank == 0, None
        if first:
            features = self._stores.open(key, num_places=num_places, pictures=pictures)
        if self._stage.world_size > 1:
            has = np.array([float(features is not None)])
            has = self._trainer.sum_over_ranks(has)  # type: ignore[attr-defined]
            if not first and has[0] > 0:
                features = self._stores.open(key, num_places=num_places, pictures=pictures, compared=False)
        return features


class FeatureSource:
    """Batches of features in the order in which the loader would give the images."""

    def __init__(self, cache: FeatureCache, stage: Stage, /) -> None:
        self._cache = cache
        self._sampler = BalancedSampler(
            cache.plan,
            batch_size=stage.recipe.data.batch_size,
            seed=stage.seed,
            rank=stage.rank,
            world_size=stage.world_size,
        )
        self._place = (0, 0)

    def __len__(self) -> int:
        return len(self._sampler)

    def epoch(self, epoch: int, /) -> Iterator[Draw]:
        """Batches of an epoch."""
        first = self._place[1] if self._place[0] == epoch else 0
        for step in range(first, len(self)):
            drawn = self._sampler.draws(epoch, step)
            self._place = (epoch, step + 1)
            yield self._draw(epoch, drawn) if len(drawn) else self._filler()

    def state(self) -> dict[str, Any]:
        """Place in the epoch."""
        return {"fingerprint": self._cache.plan.fingerprint, "epoch": self._place[0], "step": self._place[1]}

    def load_state(self, state: dict[str, Any], /) -> None:
        """Go on there.

        Raises:
            LoaderError: If the plan is another.
        """
        if state["fingerprint"] != self._cache.plan.fingerprint:
            raise LoaderError("a resumed run must have the plan it began with; it has another fingerprint")
        self._place = (int(state["epoch"]), int(state["step"]))

    def close(self) -> None:
        """Nothing is held."""

    def _draw(self, epoch: int, drawn: Any) -> Draw:
        cache, plan = self._cache, self._cache.plan
        views = drawn.uses % cache.views
        rows = drawn.rows.copy()
        for place in np.flatnonzero(~cache.train.readable[rows * cache.views + views]):
            rows[place] = self._substitute(epoch, int(drawn.positions[place]), int(views[place]), drawn.rows[place])
        weights = plan.cells.weight[drawn.cells].astype(np.float32)
        return self._tensors(
            cache.train.array[rows * cache.views + views],
            plan.cells.label[drawn.cells],
            weights,
            rows=rows,
            positions=drawn.positions,
        )

    def _substitute(self, epoch: int, position: int, view: int, row: int) -> int:
        """The next row of the same cell that has a picture, as the loader goes on."""
        cells = self._cache.plan.cells
        cell = int(np.searchsorted(cells.start, row, side="right")) - 1
        for attempt in range(1, int(cells.num_rows[cell])):
            found = self._sampler.substitute(epoch, position, attempt)
            if self._cache.train.readable[found * self._cache.views + view]:
                return found
        raise LoaderError(
            f"a cell must have a readable image; class {cells.label[cell]} of source '{cells.source[cell]}' has none",
            hint="run datatool audit --images",
        )

    def _filler(self) -> Draw:
        nothing = np.full(1, -1, np.int64)
        return self._tensors(
            self._cache.train.array[:1], np.zeros(1, np.int64), np.zeros(1, np.float32), rows=nothing, positions=nothing
        )

    def _tensors(
        self,
        features: NDArray[np.float32],
        labels: NDArray[np.int64],
        weights: NDArray[np.float32],
        *,
        rows: NDArray[np.int64],
        positions: NDArray[np.int64],
    ) -> Draw:
        tensor = self._cache.tensor
        return Draw(
            images=None,
            features=tensor(np.ascontiguousarray(features)),
            labels=tensor(labels),
            weights=tensor(weights),
            host_weights=weights,
            rows=rows,
            positions=positions,
        )


class _Numpy:
    framework = "numpy"
    device = "cpu"


def open_cache(trainer: Trainer, stage: Stage, plan: Plan, /, *, output: Path) -> FeatureCache | None:
    """The cache of a stage, or None where features would not be the same or not pay; the reason is logged."""
    recipe = stage.recipe
    prefix_of = getattr(trainer, "prefix", None)
    if recipe.run.feature_cache == "off" or prefix_of is None or recipe.model.freeze == "none":
        return None
    if recipe.distill.teacher is not None:
        log("no feature cache: the teacher looks at every picture")
        return None
    views = num_views(recipe.data)
    if views is None:
        log("no feature cache: data.views is null, so that every draw has another picture")
        return None
    if plan.num_rows * views > plan.epoch_size * recipe.run.epochs:
        log(f"no feature cache: {plan.num_rows * views:,} pictures are more than the stage draws")
        return None
    count = min(recipe.data.batch_size, plan.num_rows)
    with _loader(plan_paths(plan, count=count), recipe.data, None) as loader:
        images = next(iter(loader)).images
    prefix = prefix_of(images)
    if prefix is None:
        log("no feature cache: the model cannot be cut behind its frozen layers")
        return None
    budget = default_budget(output) if recipe.run.feature_cache == "auto" else int(recipe.run.feature_cache) << 20
    cache = FeatureCache(trainer, stage, plan, prefix, stores=FeatureStores(output, prefix, budget=budget))
    return cache if cache.open() else None


def num_views(data: DataSection, /) -> int | None:
    """Fixed pictures of each row; None where every draw has its own."""
    if data.views is not None:
        return data.views
    return 1 if _deterministic(data) else None


def plan_paths(plan: Plan, /, *, count: int | None = None) -> list[str]:
    """Joined paths of the first ``count`` rows, or of all."""
    rows = plan.rows(np.arange(plan.num_rows if count is None else count))
    return [os.path.join(root, path) for root, path in zip(rows.root, rows.path, strict=True)]


def _deterministic(data: DataSection) -> bool:
    augment = parse_augment(data.augment)
    return augment.crop != "random" and augment.flip == 0 and not augment.changes_pixels and not augment.mixes


def _transform(data: DataSection) -> dict[str, Any]:
    keys = {"image_size", "mean", "std", "eval_resize", "interpolation"}
    return data.model_dump(mode="json", include=keys)


def _loader(paths: list[str], data: DataSection, chance: Any) -> EvalLoader:
    return EvalLoader(
        paths,
        batch_size=data.batch_size,
        image_size=data.image_size,
        framework="numpy",
        device="cpu",
        mean=data.mean,
        std=data.std,
        num_threads=data.num_threads,
        eval_resize=data.eval_resize,
        interpolation=data.interpolation,
        augment=data.augment,
        chance=chance,
        max_errors=len(paths),
    )


def _pictures(loader: EvalLoader) -> Pictures:
    for batch in loader:
        yield host(batch.positions), batch.images, host(batch.weights) > 0


def _digest(paths: list[str]) -> str:
    """Of names, sizes and times of files."""
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        digest.update(path.encode(errors="surrogateescape"))
        if len(paths) <= _MAX_STAT:
            try:
                found = os.stat(path)
                digest.update(f":{found.st_size}:{found.st_mtime_ns}".encode())
            except OSError:
                digest.update(b":gone")
    return digest.hexdigest()
