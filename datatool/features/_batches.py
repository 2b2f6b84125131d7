"""Training on cached features: their batches, in the order in which the loader would give the images."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.features._cache import FeatureCache
from datatool.features._substitutes import NOBODY
from datatool.loader import Access, Batch, Epochs, FileError
from datatool.samplers import BalancedSampler, DrawnRows
from datatool.schemas import LoaderError
from datatool.trainers import Stage


class FeatureBatches:
    """Batches of a plan's cached features, by epoch.

    Args:
        cache: Opened.
        stage: Whose seed and part of each batch they have.
    """

    def __init__(self, cache: FeatureCache, stage: Stage, /) -> None:
        self._cache = cache
        self._sampler = BalancedSampler(
            cache.plan,
            batch_size=stage.recipe.step_rows,
            seed=stage.seed,
            rank=stage.rank,
            world_size=stage.world_size,
        )
        self._access = Access()
        self._epochs = Epochs(self._access, num_steps=len(self))

    def __len__(self) -> int:
        """Steps per epoch."""
        return len(self._sampler)

    def epoch(self, epoch: int, /) -> Iterator[Batch]:
        """Batches of an epoch from its beginning; right after `load_state_dict` the saved one goes on at its step.

        One epoch is under way at a time: an iterator of an earlier call that has steps left raises when it is asked.

        Raises:
            LoaderError: If another epoch was asked for meanwhile, or this is closed.
        """
        return self._epochs.begin(epoch, self._batches)

    @property
    def errors(self) -> list[FileError]:
        """None: what cannot be read is said when the features are computed."""
        return []

    def state_dict(self) -> dict[str, Any]:
        """Where the batches stand, as plain JSON types."""
        epoch, step = self._epochs.cursor
        return {"fingerprint": self._cache.plan.fingerprint, "epoch": epoch, "step": step}

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Go on where ``state`` was taken.

        Raises:
            LoaderError: If the plan is another.
        """
        if state["fingerprint"] != self._cache.plan.fingerprint:
            raise LoaderError("a resumed run must have the plan it began with; it has another fingerprint")
        self._epochs.load((int(state["epoch"]), int(state["step"])))

    def close(self) -> None:
        """Refuse further use; nothing else is held."""
        self._epochs.close()
        self._access.closed = True

    def _batches(self, epoch: int, first: int) -> Generator[Batch, None, None]:
        for step in range(first, len(self)):
            drawn = self._sampler.draws(epoch, step)
            yield self._batch(drawn) if len(drawn) else self._filler()

    def _batch(self, drawn: DrawnRows) -> Batch:
        cache, cells = self._cache, self._cache.plan.cells
        places = drawn.rows * cache.views + drawn.uses % cache.views
        rows = drawn.rows.copy()
        for at in np.flatnonzero(~cache.train.readable[places]):
            rows[at] = self._substitute(int(places[at]), int(drawn.cells[at]))
        return self._tensors(
            cache.train.array[places],
            cells.label[drawn.cells],
            cells.weight[drawn.cells].astype(np.float32),
            rows=rows,
            positions=drawn.positions,
        )

    def _substitute(self, place: int, cell: int) -> int:
        """The row whose picture stands at a place, where that is not the row's own."""
        row = self._cache.substitutes[place]
        if row == NOBODY:
            cells = self._cache.plan.cells
            raise LoaderError(
                f"a cell must have a readable image; class {cells.label[cell]} of source '{cells.source[cell]}' "
                "has none",
                hint="run datatool audit --images",
            )
        return row

    def _filler(self) -> Batch:
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
    ) -> Batch:
        tensor = self._cache.tensor
        return Batch(
            images=None,
            features=tensor(np.ascontiguousarray(features)),
            labels=tensor(labels),
            weights=tensor(weights),
            rows=rows,
            positions=positions,
        )
