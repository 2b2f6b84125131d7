"""BalancedSampler: any batch of any epoch of a plan, computed on the spot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from numbers import Integral
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.order import DrawnRows, PlanLike, Shards, Timeline, next_uses
from datatool.schemas import ConfigError

# Steps are computed some together: numpy's cost per call is spread over about so many draws. One that is asked for
# out of order brings few of its neighbours; each time that steps go on in order, twice as many come together.
_CHUNK: Final = 4096
_MOST_AT_ONCE: Final = 1 << 17  # of 32 bytes each, and four times that while they are computed


class _Chunk(NamedTuple):
    """This rank's draws of some steps of an epoch, from ``first`` up to ``end``."""

    epoch: int
    first: int
    end: int
    drawn: DrawnRows

    def holds(self, epoch: int, step: int) -> bool:
        return epoch == self.epoch and self.first <= step < self.end


class BalancedSampler:
    """Row numbers of any batch of any epoch, in time O(log cells) per row and without a list of the epoch.

    Every cell gets exactly its quota in each epoch, spread evenly over the batches; each row of a cell is drawn once
    before any is drawn again, across epochs too. A batch depends on the plan, the seed, epoch, step and total batch
    alone, so ranks agree without talking, and a run resumes at any step and on any number of ranks.

    Args:
        plan: A loaded plan, or the path of a plan folder.
        batch_size: Rows per batch on each rank.
        seed: Any integer.
        rank: This process, in [0, world_size).
        world_size: Number of processes that share each batch.
        drop_last: Leave out the last batch where it is not whole; its rows count as used.
        window: Batches that are shuffled together: 1 keeps every batch balanced, more mix better and bound the counts
            at each ``window``-th batch only.

    Raises:
        ConfigError: If an argument is out of range or does not go with the plan.
        PlanError: If the plan cannot be opened.
    """

    def __init__(
        self,
        plan: PlanLike | Path | str,
        /,
        *,
        batch_size: int,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        window: int = 1,
    ) -> None:
        if isinstance(plan, (str, Path)):
            from datatool.schemas import Plan

            plan = Plan.open(plan)
        batch_size, world_size = _whole("batch_size", batch_size), _whole("world_size", world_size)
        rank, window = _whole("rank", rank), _whole("window", window)
        if window < 1:
            raise ConfigError(f"window must be at least 1 batch; got {window}")
        _check_per_batch(plan.per_batch, total_batch=batch_size * world_size, window=window)
        self.plan = plan
        self.window = window
        self.shards = Shards(
            epoch_size=plan.epoch_size, batch_size=batch_size, rank=rank, world_size=world_size, drop_last=drop_last
        )
        self._seed = _whole("seed", seed)
        self._timeline = Timeline(plan, total_batch=self.shards.total_batch, seed=self._seed, window=window)
        self._last_chunk: _Chunk | None = None
        self._epoch, self._step = 0, 0
        self._resumes = False

    def __len__(self) -> int:
        """Steps per epoch, the same on every rank."""
        return self.shards.num_steps

    def __repr__(self) -> str:
        part = self.shards
        return (
            f"<BalancedSampler: {len(self)} steps an epoch of {part.total_batch} rows, rank {part.rank} of "
            f"{part.world_size}, seed {self.seed}>"
        )

    @property
    def seed(self) -> int:
        """The seed in use."""
        return self._seed

    def batch(self, epoch: int, step: int, /) -> NDArray[np.int64]:
        """This rank's rows of a batch, int64 (B,); B may be 0 in the last one.

        Raises:
            IndexError: If there is no such epoch or step.
        """
        return self.draws(epoch, step).rows

    def positions(self, epoch: int, step: int, /) -> NDArray[np.int64]:
        """This rank's places of a batch in the epoch, int64 (B,)."""
        _check_epoch(epoch)
        return np.arange(*self.shards.bounds(step))

    def draws(self, epoch: int, step: int, /) -> DrawnRows:
        """This rank's part of a batch: rows with their places, cells and earlier uses.

        Raises:
            IndexError: If there is no such epoch or step.
        """
        _check_epoch(epoch)
        low, high = self.shards.bounds(step)
        chunk = self._chunk(epoch, step)
        first = (step - chunk.first) * self.shards.batch_size  # only the last batch is shorter
        return chunk.drawn[first : first + high - low]

    def at(self, epoch: int, positions: NDArray[np.int64], /) -> DrawnRows:
        """The draws at some places of an epoch, int64 (N,), of whatever rank."""
        _check_epoch(epoch)
        return self._timeline.rows(epoch, np.asarray(positions, np.int64))

    def substitute(self, epoch: int, position: int, attempt: int, /) -> int:
        """The row to show when ``attempt`` rows at this place could not be read: so many places on in its cell.

        Attempts 0 to n - 1 visit each of the n rows of the cell once; 0 is the drawn row itself.
        """
        drawn = self._timeline.rows(epoch, np.array([position]))
        cells, cell = self.plan.cells, int(drawn.cells[0])
        start, num_rows = int(cells.start[cell]), int(cells.num_rows[cell])
        return start + (int(drawn.rows[0]) - start + attempt) % num_rows

    def next_use(self, epoch: int, position: int, /) -> int:
        """When this rank draws the row at ``position`` again, counted in positions over all epochs.

        That is ``epoch * epoch_size + position`` of its next draw, or `NEVER` when there is none before the end of the
        next epoch.
        """
        return int(self.next_uses(epoch, np.array([position]))[0])

    def next_uses(self, epoch: int, positions: NDArray[np.int64], /) -> NDArray[np.int64]:
        """`next_use` of several positions of an epoch, int64 (N,)."""
        return next_uses(self._timeline, self.shards, epoch, np.asarray(positions, np.int64))

    def epoch(self, epoch: int, /) -> Iterator[NDArray[np.int64]]:
        """This rank's batches of an epoch; after `load_state_dict`, of the loaded epoch from the loaded step on."""
        _check_epoch(epoch)
        first = self._step if self._resumes and epoch == self._epoch else 0
        self._resumes = False
        return self._steps(epoch, first)

    def state_dict(self) -> dict[str, Any]:
        """Where `epoch` stands, and what must be the same to go on; plain JSON values."""
        return {
            "fingerprint": self.plan.fingerprint,
            "seed": self.seed,
            "epoch": self._epoch,
            "step": self._step,
            "total_batch": self.shards.total_batch,
            "window": self.window,
        }

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Go on where another sampler of the same plan and seed stood, on any number of ranks.

        Raises:
            ConfigError: If plan, seed, total batch or window are others, or it is no such state.
        """
        mine = self.state_dict()
        epoch, step = _place_of(state, mine)
        for key in ("fingerprint", "seed", "total_batch", "window"):
            if state[key] != mine[key]:
                raise ConfigError(
                    f"a resumed sampler must have the same {key.replace('_', ' ')}; "
                    f"got {mine[key]!r} and {state[key]!r} in the state",
                    hint="restore the settings of that run, or start a new one",
                )
        self._epoch, self._step = epoch, step
        self._resumes = True

    def _steps(self, epoch: int, first: int) -> Iterator[NDArray[np.int64]]:
        for step in range(first, len(self)):
            rows = self.batch(epoch, step)
            self._epoch, self._step = epoch, step + 1
            yield rows

    def _chunk(self, epoch: int, step: int) -> _Chunk:
        known = self._last_chunk
        if known is None or not known.holds(epoch, step):
            known = self._last_chunk = self._draw_chunk(epoch, step, known)
        return known

    def _draw_chunk(self, epoch: int, step: int, last: _Chunk | None) -> _Chunk:
        in_order = last is not None and (epoch, step) == (last.epoch, last.end)
        num_draws = _CHUNK
        if last is not None and in_order:
            _keep_freed_memory()
            num_draws = min(max(_CHUNK, 2 * len(last.drawn)), _MOST_AT_ONCE)
        size = max(1, num_draws // self.shards.batch_size)
        first = step if in_order else step - step % size
        end = min(first + size, len(self))
        positions = np.concatenate([self.positions(epoch, each) for each in range(first, end)])
        return _Chunk(epoch, first, end, self._timeline.rows(epoch, positions))


@cache
def _keep_freed_memory() -> None:
    """Let the C library keep the pages of freed arrays: fetching them anew takes a sixth of the time of a draw.

    glibc takes the largest block that was freed for what is worth keeping (mallopt(3), M_MMAP_THRESHOLD); where batches
    of images were freed before, this changes nothing. The block itself is never touched, so it costs no memory.
    """
    np.empty(16 << 20, np.uint8)


def _whole(name: str, value: object) -> int:
    """An argument as Python's own number: numpy's are not JSON."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise ConfigError(f"{name} must be a whole number; got {value!r}")
    return int(value)


def _check_per_batch(per_batch: tuple[int, int] | None, *, total_batch: int, window: int) -> None:
    if per_batch is None:
        return
    classes, images = per_batch
    if total_batch != classes * images:
        raise ConfigError(
            f"the total batch must be {classes * images}, {classes} classes of {images} images as in the plan; "
            f"got {total_batch}",
            hint=f"set batch_size to {classes * images} divided by the number of ranks",
        )
    if window != 1:
        raise ConfigError(f"window must be 1 where the plan says what is in each batch; got {window}")


def _place_of(state: Mapping[str, Any], like: Mapping[str, Any]) -> tuple[int, int]:
    """Epoch and step of a saved state."""
    missing = [key for key in like if key not in state]
    if missing:
        raise ConfigError(f"a saved state must have all that state_dict gives; it has no {', '.join(missing)}")
    epoch, step = state["epoch"], state["step"]
    if not (isinstance(epoch, int) and isinstance(step, int) and min(epoch, step) >= 0):
        raise ConfigError(
            f"a saved state must stand at an epoch and step, whole and at least 0; got epoch {epoch!r}, step {step!r}"
        )
    return epoch, step


def _check_epoch(epoch: int) -> None:
    if epoch < 0:
        raise IndexError(f"epoch must be at least 0; got {epoch}")
