"""Plan, epoch and step to stateless requests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.loader._ledger import check_first_paths
from datatool.loader._machine import uses_of
from datatool.pipelines import UNKNOWN, Candidate, Request, Stream
from datatool.samplers import BalancedSampler, DrawnRows, hash_u64, uniform
from datatool.schemas import Plan
from datatool.storage import NUM_FIRST, Locator, Uses, check_containers, locate_rows, moved

# Streams of the hash: what names the random numbers of a picture.
POSITION: Final = "position"
PARTNER: Final = "partner"
VIEW: Final = "view"
RandomNumbers = tuple[NDArray[np.float64], NDArray[np.uint64]]  # uniforms (B, Stream.SIZE), transform seeds (B,)
_LOOKED_UP_TOGETHER: Final = 2048  # positions; more gain little
_COLUMNS: Final = np.arange(Stream.SIZE)


def random_numbers(stream: str, seed: int, /, *words: Any) -> RandomNumbers:
    """Uniforms (B, `Stream.SIZE`) and transform seeds (B,), named by a seed and words of shape () or (B,)."""
    keys = hash_u64(f"pixels.{stream}", seed, *words)
    return uniform("pixels", keys[:, None], _COLUMNS), hash_u64("transform", keys)


def view_chance(seed: int, /, *, views: NDArray[np.int64], rows: NDArray[np.int64]) -> RandomNumbers:
    """The random numbers that a loader with ``views`` gives to view ``views`` (B,) of the plan's ``rows`` (B,)."""
    return random_numbers(VIEW, seed, views, rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanRequests:
    """Makes the requests of one rank.

    Attributes:
        plan: Opened.
        sampler: Of this plan and rank.
        seed: Of the augmentation, and of the sampler.
        root: Where all paths are joined instead of their own roots; None leaves them.
        replace: Whether unusable files are replaced.
        max_attempts: Files that a place may go through; a list may name one file many times.
        cached: Whether next uses are worth looking up.
        views: With N, a row's draws take turns among N fixed augmentations.
        machine: Of all ranks of this machine, where images of object stores are kept for them.
        mixes: Whether each request is followed by one for the partners.
    """

    plan: Plan
    sampler: BalancedSampler
    seed: int
    root: str | None
    replace: bool
    max_attempts: int
    cached: bool
    views: int | None
    mixes: bool
    machine: BalancedSampler | None = None

    def epoch(self, epoch: int, first_step: int, /) -> Iterator[Request]:
        """Requests from ``first_step`` to the end of the epoch; steps in which this rank has no part are left out."""
        own = self._next_uses(epoch, first_step, self.sampler if self.cached else None)
        kept = self._next_uses(epoch, first_step, self.machine)
        for step, next_use, next_kept in zip(itertools.count(first_step), own, kept, strict=False):
            drawn = self.sampler.draws(epoch, step)
            if len(drawn):
                uses = None if self.machine is None else uses_of(self.machine, epoch, drawn.positions, next_kept)
                yield self._request(epoch, step, drawn, next_use, uses)
                if self.mixes:
                    yield self._partners(epoch, step, drawn.positions)

    def check_first_paths(self) -> None:
        """Look for the first files before anything starts.

        Raises:
            LoaderError: If none is there, or a container is not as it was when the plan was made.
        """
        check_containers(moved(each, self.root) for each in self.plan.containers)
        paths, roots = self.paths(np.arange(min(NUM_FIRST, self.plan.num_rows)))
        hint = "make the plan again with --root, the folder that its paths start from, or give BalancedLoader root="
        check_first_paths(paths, root=next(iter(roots), ""), hint=hint)

    def paths(self, rows: NDArray[np.int64], /) -> tuple[list[Locator], list[str]]:
        """Joined paths, and their roots."""
        index = self.plan.rows(rows)
        roots = index.root if self.root is None else [self.root] * len(rows)
        return locate_rows(index, root=self.root), roots

    def _next_uses(self, epoch: int, first_step: int, sampler: BalancedSampler | None) -> Iterator[NDArray[np.int64]]:
        """When the rows of each step are drawn again by a sampler; many steps are looked up at once, for a tenth."""
        together = max(1, _LOOKED_UP_TOGETHER // self.sampler.shards.batch_size)
        for start in range(first_step, len(self.sampler), together):
            steps = range(start, min(start + together, len(self.sampler)))
            parts = [self.sampler.positions(epoch, step) for step in steps]
            if sampler is not None:
                next_use = sampler.next_uses(epoch, np.concatenate(parts))
            else:
                next_use = np.full(sum(map(len, parts)), UNKNOWN)
            yield from np.split(next_use, np.cumsum([len(part) for part in parts])[:-1])

    def _request(
        self, epoch: int, step: int, drawn: DrawnRows, next_use: NDArray[np.int64], uses: Uses | None
    ) -> Request:
        if self.views is None:
            chance = random_numbers(POSITION, self.seed, epoch, drawn.positions)
        else:
            chance = view_chance(self.seed, views=drawn.uses % self.views, rows=drawn.rows)
        return self._of_rows(epoch, step, drawn.positions, drawn.rows, chance, next_use, uses)

    def _partners(self, epoch: int, step: int, positions: NDArray[np.int64]) -> Request:
        """The draws at other places of the epoch, chosen by each place's own random numbers."""
        uniforms, seeds = random_numbers(PARTNER, self.seed, epoch, positions)
        places = (uniforms[:, Stream.PARTNER] * self.plan.epoch_size).astype(np.int64)
        rows = self.sampler.at(epoch, places).rows
        return self._of_rows(epoch, step, places, rows, (uniforms, seeds), np.full(len(rows), UNKNOWN))

    def _of_rows(
        self,
        epoch: int,
        step: int,
        positions: NDArray[np.int64],
        rows: NDArray[np.int64],
        chance: RandomNumbers,
        next_use: NDArray[np.int64],
        uses: Uses | None = None,
    ) -> Request:
        paths = self.paths(rows)[0]
        met: list[dict[str, int]] = [{path: 0} for path in paths]  # of each place: path -> its first attempt

        def substitute(place: int, attempt: int, /) -> Candidate | None:
            cell = int(np.searchsorted(self.plan.cells.start, rows[place], side="right")) - 1
            if not self.replace or attempt >= int(self.plan.cells.num_rows[cell]):
                return None
            if sum(first < attempt for first in met[place].values()) >= self.max_attempts:
                return None
            row = self.sampler.substitute(epoch, int(positions[place]), attempt)
            path = self.paths(np.array([row]))[0][0]
            met[place].setdefault(path, attempt)
            return Candidate(row, path)

        return Request(
            epoch=epoch,
            step=step,
            positions=positions,
            rows=rows,
            paths=paths,
            uniforms=chance[0],
            seeds=chance[1],
            next_use=next_use,
            uses=uses,
            substitute=substitute,
        )
