"""BalancedPlanSampler: exact batches of a plan inside PaddleClas's own loader, named in its YAML or by `-o`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from paddle.distributed import get_rank, get_world_size
from paddle.io import BatchSampler

from datatool.adapters import paddle_batch_sampler
from datatool.paddleclas._places import places
from datatool.storage import open_plan


class BalancedPlanSampler(BatchSampler):
    """A batch sampler for ``DataLoader.Train.sampler`` of PaddleClas.

    Every batch of every rank is the plan's: each cell has its quota in an epoch, spread evenly over the batches, and
    rows outside the quota come in later epochs. A pass is the epoch after the last one that was run to its end;
    ``set_epoch``, which PaddleClas calls when it resumes, chooses another.

    Args:
        dataset: PaddleClas's data set: ``images`` and ``labels`` must be the rows of the plan, in the list's order.
        plan: Path of a plan folder that `datatool paddleclas balance` wrote.
        batch_size: Rows per batch on each rank.
        shuffle: Has no effect: a plan says the order.
        drop_last: Leave out the last batch where it is not whole.
        seed: Any integer.
        window: Batches that are shuffled together, as in `datatool.samplers.BalancedSampler`.

    Raises:
        PlanError: If list and plan differ, or the plan cannot be opened.
        ConfigError: If an argument is out of range.
    """

    def __init__(
        self,
        dataset: Any,
        *,
        plan: str,
        batch_size: int,
        shuffle: bool = True,
        drop_last: bool = False,
        seed: int = 0,
        window: int = 1,
    ) -> None:
        if not shuffle:
            warnings.warn("sampler.shuffle has no effect: the plan says the order", stacklevel=2)
        opened = open_plan(plan)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self._batches = paddle_batch_sampler(
            opened,
            batch_size=batch_size,
            seed=seed,
            rank=get_rank(),
            world_size=get_world_size(),
            drop_last=drop_last,
            window=window,
            index=places(opened, dataset.images, dataset.labels),
        )

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._batches)

    def __len__(self) -> int:
        return len(self._batches)

    def set_epoch(self, epoch: int, /) -> None:
        """Choose the epoch of the next pass, from 0."""
        self._batches.set_epoch(epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where the running pass stands; plain JSON values."""
        state: dict[str, Any] = self._batches.state_dict()
        return state

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Go on where another run stood."""
        self._batches.load_state_dict(state)
