"""Where a stage's batches come from: images through the loader, or something that stands for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from datatool.evaluation._stage_data import open_loader
from datatool.schemas import Plan
from datatool.trainers import Stage, Trainer

if TYPE_CHECKING:
    from datatool.loader import BalancedLoader, Batch, FileError


class StageBatches(Protocol):
    """Batches of a stage, by epoch, as a `BalancedLoader` gives them."""

    def __len__(self) -> int:
        """Steps per epoch."""
        ...

    def epoch(self, epoch: int, /) -> Iterator[Batch]:
        """Batches of an epoch from its beginning; right after ``load_state_dict`` the saved one goes on at its step."""
        ...

    @property
    def errors(self) -> list[FileError]:
        """Files that could not be used as they are, in the order they were met."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Where the batches stand, as plain JSON types."""
        ...

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Go on where ``state_dict`` was taken."""
        ...

    def close(self) -> None:
        """Free threads and memory."""
        ...


def open_images(trainer: Trainer, stage: Stage, plan: Plan, /) -> BalancedLoader:
    """Images of the stage's plan for a trainer."""
    data = stage.recipe.data
    kept = None if data.storage_cache is None else str(stage.base / data.storage_cache)
    return open_loader(
        plan,
        data.model_copy(update={"batch_size": stage.recipe.step_rows, "storage_cache": kept}),
        framework=trainer.framework,
        device=trainer.device,
        seed=stage.seed,
        rank=stage.rank,
        world_size=stage.world_size,
        local_world_size=stage.local_world_size,
    )
