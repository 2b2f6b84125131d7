"""Where a stage's batches come from: images through the loader, or cached features of a frozen prefix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.evaluation._stage_data import open_loader
from datatool.schemas import DataSection, Plan
from datatool.trainers import Stage, Trainer


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One batch of this process.

    Attributes:
        images: Of the trainer's framework, or None where ``features`` are given.
        features: The same, for a cached prefix.
        labels, weights: Of the trainer's framework.
        host_weights: float32 (N,), numpy.
        rows, positions: int64 (N,), numpy; position -1 is a filler row.
        partner_labels, shares: Of mixed pictures, as `Batch` has them.
        taught: float32 (N, class_num), numpy, from a teacher.
    """

    images: Any
    labels: Any
    weights: Any
    host_weights: NDArray[np.float32]
    rows: NDArray[np.int64]
    positions: NDArray[np.int64]
    features: Any = None
    partner_labels: Any = None
    shares: Any = None
    taught: Any = None


class Source(Protocol):
    """Batches of a stage, by epoch."""

    def __len__(self) -> int:
        """Steps per epoch."""
        ...

    def epoch(self, epoch: int, /) -> Iterator[Draw]:
        """Batches of an epoch; after ``load_state`` the saved one goes on at its step."""
        ...

    def state(self) -> dict[str, Any]:
        """Plain JSON types."""
        ...

    def load_state(self, state: dict[str, Any], /) -> None:
        """Go on where ``state`` was taken."""
        ...

    def close(self) -> None:
        """Free threads and memory."""
        ...


class ImageSource:
    """Images from a `BalancedLoader`."""

    def __init__(
        self, plan: Plan, data: DataSection, /, *, framework: str, device: str, seed: int, rank: int, world_size: int
    ) -> None:
        self._loader = open_loader(
            plan, data, framework=framework, device=device, seed=seed, rank=rank, world_size=world_size
        )

    def __len__(self) -> int:
        return len(self._loader)

    def epoch(self, epoch: int, /) -> Iterator[Draw]:
        """Batches of an epoch."""
        for batch in self._loader.epoch(epoch):
            yield Draw(
                images=batch.images,
                labels=batch.labels,
                weights=batch.weights,
                host_weights=host(batch.weights).astype(np.float32),
                rows=host(batch.rows).astype(np.int64),
                positions=host(batch.positions).astype(np.int64),
                partner_labels=batch.partner_labels,
                shares=batch.shares,
            )

    def state(self) -> dict[str, Any]:
        """Of the loader."""
        return dict(self._loader.state_dict())

    def load_state(self, state: dict[str, Any], /) -> None:
        """To the loader."""
        self._loader.load_state_dict(state)

    def close(self) -> None:
        """Of the loader."""
        self._loader.close()


def open_images(trainer: Trainer, stage: Stage, plan: Plan, /) -> Source:
    """Images of the stage's plan for a trainer."""
    return ImageSource(
        plan,
        stage.recipe.data,
        framework=getattr(trainer, "framework", "numpy"),
        device=getattr(trainer, "device", "cpu"),
        seed=stage.seed,
        rank=stage.rank,
        world_size=stage.world_size,
    )


def host(values: Any, /) -> NDArray[Any]:
    """An array of a framework as numpy."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    return np.asarray(values.numpy() if hasattr(values, "numpy") else values)
