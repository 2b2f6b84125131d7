"""What all ranks of a machine draw together: what one rank with their joint batch draws."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from datatool.samplers import BalancedSampler
from datatool.storage import Uses


def machine_sampler(sampler: BalancedSampler, local_world_size: int | None, /) -> BalancedSampler:
    """The sampler of the rank that stands for a machine; the rank's own where machines have different numbers of ranks.

    Args:
        sampler: Of one rank.
        local_world_size: Ranks on each machine; None is all of them.
    """
    shards = sampler.shards
    count = local_world_size or shards.world_size
    if shards.world_size % count:
        return sampler
    return BalancedSampler(
        sampler.plan,
        batch_size=shards.batch_size * count,
        seed=sampler.seed,
        rank=shards.rank // count,
        world_size=shards.world_size // count,
        drop_last=shards.drop_last,
        window=sampler.window,
    )


def uses_of(sampler: BalancedSampler, epoch: int, positions: NDArray[np.int64], next_use: NDArray[np.int64], /) -> Uses:
    """When a machine draws rows again, as the byte cache is told it.

    Args:
        sampler: From `machine_sampler`.
        epoch: Of the positions.
        positions: int64 (N,), that one of its ranks draws.
        next_use: int64 (N,), of the sampler for these positions.
    """
    name = repr((sampler.plan.fingerprint, sampler.seed, sampler.shards.total_batch, sampler.window))
    return Uses(
        next_use=next_use,
        now=epoch * sampler.plan.epoch_size + int(positions.min(initial=0)),
        plan=int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"),
    )
