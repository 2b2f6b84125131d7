"""A plan as a `paddle.io.BatchSampler` or a `torch.utils.data.Sampler`.

    sampler = paddle_batch_sampler("train.plan", batch_size=64, rank=rank, world_size=world_size)
    loader = paddle.io.DataLoader(dataset, batch_sampler=sampler)

The data set may be any that is indexed by row: one over `Plan.rows`, or, with ``index=list_index(plan)``, the one that
reads the same list already.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.samplers import BalancedSampler, PlanLike
from datatool.schemas import INDEX_FILE, ConfigError, Plan, require
from datatool.storage import open_plan, plan_files


def paddle_batch_sampler(
    plan: PlanLike | Path | str,
    /,
    *,
    batch_size: int,
    seed: int = 0,
    rank: int = 0,
    world_size: int = 1,
    drop_last: bool = False,
    window: int = 1,
    index: Sequence[int] | NDArray[np.int64] | None = None,
) -> Any:
    """A `paddle.io.BatchSampler` for ``DataLoader(dataset, batch_sampler=...)``.

    Each pass is the epoch after the last one that was run to its end; ``set_epoch`` chooses another. ``state_dict``
    counts batches that the DataLoader has taken, which prefetching makes more than it has handed out: take it between
    epochs, or with ``num_workers=0``.

    Args:
        plan: A loaded plan, or the path or URL of a plan folder.
        batch_size: Rows per batch on each rank.
        seed: Any integer.
        rank: This process; ``paddle.distributed.get_rank()``.
        world_size: Number of processes; ``paddle.distributed.get_world_size()``.
        drop_last: Leave out the last batch where it is not whole.
        window: Batches that are shuffled together, as in `BalancedSampler`.
        index: The data set's index of each row of the plan; by default the row itself.

    Raises:
        ConfigError: If an argument is out of range, or a rank would get an empty last batch.
        MissingDependencyError: If Paddle is not installed.
    """
    sampler = BalancedSampler(
        _opened(plan),
        batch_size=batch_size,
        seed=seed,
        rank=rank,
        world_size=world_size,
        drop_last=drop_last,
        window=window,
    )
    return _class(require("paddle.io", extra="paddle").BatchSampler)(sampler, index)


def torch_batch_sampler(
    plan: PlanLike | Path | str,
    /,
    *,
    batch_size: int,
    seed: int = 0,
    rank: int = 0,
    world_size: int = 1,
    drop_last: bool = False,
    window: int = 1,
    index: Sequence[int] | NDArray[np.int64] | None = None,
) -> Any:
    """A `torch.utils.data.Sampler` of batches for ``DataLoader(dataset, batch_sampler=...)``.

    Arguments, epochs and errors as in `paddle_batch_sampler`; the rank is ``torch.distributed.get_rank()``.
    """
    sampler = BalancedSampler(
        _opened(plan),
        batch_size=batch_size,
        seed=seed,
        rank=rank,
        world_size=world_size,
        drop_last=drop_last,
        window=window,
    )
    return _class(require("torch.utils.data", extra="torch").Sampler)(sampler, index)


def _opened(plan: PlanLike | Path | str) -> PlanLike:
    return open_plan(plan) if isinstance(plan, (str, Path)) else plan


def list_index(plan: Plan | Path | str, /) -> NDArray[np.int64]:
    """The place of each row of the plan in the list it was made from, int64 (num_rows,).

    That is the index of the row in a data set that reads the list in order, lines left out by `balance` not counted.

    Raises:
        ConfigError: If the plan was made from several lists.
    """
    import pyarrow as pa

    folder = plan_files(plan) if isinstance(plan, (str, Path)) else plan.folder
    Plan.open(folder)  # what is wrong with a plan is said before a column is read
    with pa.OSFile(str(folder / INDEX_FILE)) as source:
        table = pa.ipc.open_file(source).read_all().select(["file", "line"])
        files = table["file"].unique().to_pylist()
        lines = table["line"].to_numpy()
    if len(files) > 1:
        raise ConfigError(
            f"list_index must be given a plan of one list; got one of {len(files)}, '{files[0]}' and others",
            hint="index your data set by the rows of the plan",
        )
    return np.argsort(np.argsort(lines, kind="stable"))


def require_rows_for_all(sampler: BalancedSampler, /) -> None:
    """Refuse a plan whose last batch has no row for some rank, where a place without a row cannot be told.

    Raises:
        ConfigError: Saying what to change.
    """
    shards = sampler.shards
    rest = shards.epoch_size % shards.total_batch
    if 0 < rest < shards.world_size and not shards.drop_last:
        raise ConfigError(
            f"the last batch must have a row for each of the {shards.world_size} ranks; it has {rest}",
            hint="set drop_last=True, another batch_size, or balance with --epoch-size",
        )


class _Batches:
    """What both adapters do."""

    def __init__(self, sampler: BalancedSampler, index: Sequence[int] | NDArray[np.int64] | None) -> None:
        shards = sampler.shards
        require_rows_for_all(sampler)
        self.sampler = sampler
        self.batch_size = shards.batch_size
        self.drop_last = shards.drop_last
        self.index = None if index is None else np.asarray(index)
        self.epoch = 0

    def __iter__(self) -> Iterator[list[int]]:
        epoch = self.epoch
        for rows in self.sampler.epoch(epoch):
            batch: list[int] = (rows if self.index is None else self.index[rows]).tolist()
            yield batch
        if self.epoch == epoch:  # nobody has chosen another meanwhile
            self.epoch = epoch + 1

    def __len__(self) -> int:
        return len(self.sampler)

    def set_epoch(self, epoch: int, /) -> None:
        """Choose the epoch of the next pass."""
        self.epoch = operator.index(epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where the running pass stands; plain JSON values."""
        return self.sampler.state_dict()

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Go on where another run stood; after its last batch, with the next epoch."""
        self.sampler.load_state_dict(state)
        self.epoch = int(state["epoch"]) + (int(state["step"]) >= len(self))


@cache
def _class(base: type) -> type:
    """The adapter as a subclass of a framework's own class, which some of its loaders ask for."""
    return type(f"Balanced{base.__name__}", (_Batches, base), {"__doc__": _Batches.__doc__})
