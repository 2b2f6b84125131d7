"""Which places of an epoch belong to which batch and which rank.

place   0 .. G-1        G .. 2G-1      ...    the last m = L - T G, fewer than G
step    0               1                     T
rank    G/R places each, in order             m/R places each, rounded up for the first ranks; possibly none
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import ConfigError

MAX_EPOCH_SIZE: Final = 2**32 - 1  # products of two places then fit into 64 bits


@dataclass(frozen=True, kw_only=True)
class Shards:
    """The batches of one rank.

    Attributes:
        epoch_size: Places of an epoch.
        batch_size: Places of a whole batch on one rank.
        rank: This rank, in [0, world_size).
        world_size: Number of ranks.
        drop_last: Leave the last batch out where it is not whole.

    Raises:
        ConfigError: If an argument is out of range.
    """

    epoch_size: int
    batch_size: int
    rank: int = 0
    world_size: int = 1
    drop_last: bool = False

    def __post_init__(self) -> None:
        for name, value in (("batch_size", self.batch_size), ("world_size", self.world_size)):
            if value < 1:
                raise ConfigError(f"{name} must be at least 1; got {value}")
        if self.epoch_size > MAX_EPOCH_SIZE:
            raise ConfigError(f"epoch_size must be below {MAX_EPOCH_SIZE + 1:,}; got {self.epoch_size:,}")
        if not 0 <= self.rank < self.world_size:
            raise ConfigError(f"rank must lie in [0, {self.world_size}), the number of ranks; got {self.rank}")

    @property
    def total_batch(self) -> int:
        """Places of a whole batch on all ranks together."""
        return self.batch_size * self.world_size

    @property
    def num_steps(self) -> int:
        """Batches per epoch."""
        whole, rest = divmod(self.epoch_size, self.total_batch)
        return whole + (rest > 0 and not self.drop_last)

    def bounds(self, step: int, /) -> tuple[int, int]:
        """First place of this rank in a batch, and the first one past it.

        Raises:
            IndexError: If ``step`` is outside the epoch.
        """
        if not 0 <= step < self.num_steps:
            raise IndexError(f"step must lie in [0, {self.num_steps}); got {step}")
        first = step * self.total_batch
        share, rest = divmod(min(self.total_batch, self.epoch_size - first), self.world_size)
        low = first + self.rank * share + min(self.rank, rest)
        return low, low + share + (self.rank < rest)

    def holds(self, place: NDArray[np.int64], /) -> NDArray[np.bool_]:
        """Whether this rank draws each place of the epoch, bool (N,)."""
        step, within = np.divmod(place, self.total_batch)
        share, rest = np.divmod(
            np.minimum(self.total_batch, self.epoch_size - step * self.total_batch), self.world_size
        )
        low = self.rank * share + np.minimum(self.rank, rest)
        held: NDArray[np.bool_] = (
            (step < self.num_steps) & (within >= low) & (within < low + share + (self.rank < rest))
        )
        return held
