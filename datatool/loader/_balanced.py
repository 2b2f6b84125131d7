"""BalancedLoader: a plan's epochs as batches of a framework."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from datatool.loader._assembly import Assembly, filler
from datatool.loader._batch import Batch
from datatool.loader._ledger import FileError, Ledger, error_limit
from datatool.loader._machine import machine_sampler
from datatool.loader._options import LoaderOptions, check_mixing
from datatool.loader._passes import Access, Epochs
from datatool.loader._requests import PlanRequests
from datatool.loader._resources import Resources, caching_pays, choose_engine, resources
from datatool.loader._stats import Meter
from datatool.loader._told_by import told_by
from datatool.loader._transform import seeded
from datatool.pipelines import Quarantine, open_engine
from datatool.samplers import BalancedSampler
from datatool.schemas import Cells, ConfigError, LoaderError, Plan
from datatool.storage import open_plan

_LOG: Final = logging.getLogger("datatool")


class BalancedLoader:
    """Yields the batches of a plan, epoch by epoch.

    Args:
        plan: A plan folder, on a bucket too, or an opened `Plan`.
        options: Given as keywords: every field of `LoaderOptions`, which says what each means.

    Raises:
        PlanError: If the plan cannot be opened.
        ConfigError: If an option is unusable.
        LoaderError: If none of the first paths exists, or memory is too small.
        MissingDependencyError: If the framework or engine is not installed.
    """

    @told_by(LoaderOptions)
    def __init__(self, plan: Plan | Path | str, options: LoaderOptions, /) -> None:
        self._access = Access()
        self._owns_plan = not isinstance(plan, Plan)
        self.plan = plan if isinstance(plan, Plan) else _opened(plan)
        self.sampler = BalancedSampler(
            self.plan,
            batch_size=options.batch_size,
            seed=options.seed,
            rank=options.rank,
            world_size=options.world_size,
            drop_last=options.drop_last,
            window=options.window,
        )
        self._ledger = Ledger(on_error=options.on_error, limit=error_limit(options.max_errors, self.plan.num_rows))
        self._quarantine = Quarantine()
        self._image_size = options.image_size
        self._resources = self._take(options)
        self._requests = self._plan_requests(options)
        self._requests.check_first_paths()
        self._resources.check()
        self._meter = Meter()
        self._assembly = self._assemble(options)
        _check_total_batch(self.sampler)
        self._epochs = Epochs(self._access, num_steps=len(self))

    def _take(self, options: LoaderOptions) -> Resources:
        pays = caching_pays(max_repeat=self.plan.stats.max_repeat, num_rows=self.plan.num_rows)
        return resources(
            num_threads=options.num_threads,
            cache=None if options.workers == "processes" else options.cache,
            shape=options.shape,
            prefetch=options.prefetch,
            output=options.output,
            worthwhile=pays,
            local_world_size=options.local_world_size or options.world_size,
        )

    def _plan_requests(self, options: LoaderOptions) -> PlanRequests:
        return PlanRequests(
            plan=self.plan,
            sampler=self.sampler,
            seed=options.seed,
            root=None if options.root is None else str(options.root),
            replace=options.on_error == "replace",
            max_attempts=self._ledger.limit + 2,
            cached=self._resources.cache_bytes > 0,
            views=options.views,
            mixes=options.augmentation.mixes,
            machine=None if options.storage_cache is None else machine_sampler(self.sampler, options.local_world_size),
        )

    def _assemble(self, options: LoaderOptions) -> Assembly:
        handover = options.open_handover()
        check_mixing(options.augmentation, device=handover.device, output=options.output)
        self._engine_name = choose_engine(options.engine, device=handover.device, transform=options.transform)
        spec = dataclasses.replace(
            options.engine_spec(self._resources),
            transform=seeded(options.transform),
            device=handover.device.replace("cuda", "gpu"),
            workers=options.workers,
            quarantine=self._quarantine,
            stream=handover.stream,
            ahead=options.read_ahead(),
        )
        self._ahead = spec.ahead
        return Assembly(
            engine=open_engine(self._engine_name, spec),
            framework=handover,
            ledger=self._ledger,
            meter=self._meter,
            augment=options.augmentation,
            labels=partial(_labels, self.plan.cells),  # not a method: a cycle would keep all memory
            must_fill=options.on_error == "replace",
        )

    def __len__(self) -> int:
        """Steps per epoch, the same on every rank."""
        return len(self.sampler)

    def __repr__(self) -> str:
        part = self.sampler.shards
        return (
            f"<BalancedLoader: {len(self)} steps an epoch of {part.total_batch} images, engine {self._engine_name}, "
            f"rank {part.rank} of {part.world_size}>"
        )

    @property
    def errors(self) -> list[FileError]:
        """One entry per file that was mended, replaced or skipped, in the order they were met."""
        return self._ledger.errors

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of the epoch after the last begun, or, once, of the one given to `set_epoch`.

        After `load_state_dict` that is the saved epoch at its step, or, where that was its end, the next. An epoch has
        begun once a batch of it was handed over.

        Raises:
            LoaderError: As `epoch`.
        """
        return self._epochs.begin(self._epochs.following(), self._batches)

    def set_epoch(self, epoch: int, /) -> None:
        """Choose the epoch of the next ``for batch in loader``; those after it follow on."""
        self._epochs.choose(epoch)

    def epoch(self, epoch: int, /) -> Iterator[Batch]:
        """Yield the batches of one epoch.

        After `load_state_dict`, the saved epoch goes on at the saved step; every other starts at its beginning. One
        epoch is under way at a time: an iterator of an earlier call that has steps left raises when it is next asked.

        Raises:
            LoaderError: If a file fails that may not, if a wait passes its deadline, if another epoch was asked for
                meanwhile, or if the loader is closed or was made by another process.
        """
        return self._epochs.begin(epoch, self._batches)

    def _batches(self, epoch: int, first: int) -> Generator[Batch, None, None]:
        with closing(self._assembly.batches(self._requests.epoch(epoch, first))) as batches:
            for step in range(first, len(self)):
                if len(self.sampler.positions(epoch, step)):
                    batch = next(batches)
                else:
                    batch = filler(self._assembly.framework, self._image_size)
                yield batch
                del batch

    def state_dict(self) -> dict[str, Any]:
        """Where the loader is, as plain JSON: a batch counts as done once it was handed over."""
        epoch, step = self._epochs.cursor
        return {
            "fingerprint": self.plan.fingerprint,
            "seed": self.sampler.seed,
            "epoch": epoch,
            "step": step,
            "total_batch": self.sampler.shards.total_batch,
            "window": self.sampler.window,
            "quarantine": self._ledger.quarantine,
        }

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Go on where `state_dict` was taken, on any world size with the same total batch.

        Raises:
            LoaderError: If plan, seed, total batch or window are others, or it is no such state.
        """
        if not isinstance(state, Mapping):
            raise LoaderError(f"a saved state must be what state_dict gave; got {state!r}")
        mine = self.state_dict()
        for key in ("fingerprint", "seed", "total_batch", "window"):
            if state.get(key) != mine[key]:
                raise LoaderError(
                    f"a resumed loader must have the same {key.replace('_', ' ')}; "
                    f"got {mine[key]!r} and {state.get(key)!r} in the state"
                )
        cursor = _cursor_of(state)
        if cursor[1] > len(self):
            raise LoaderError(f"a saved state must have a step of at most {len(self)}, a whole epoch; got {cursor[1]}")
        self._epochs.load(cursor)
        for path, reason in self._ledger.restore(state["quarantine"]).items():
            self._quarantine.add(path, reason)

    def stats(self) -> dict[str, Any]:
        """What was chosen, and where the time went so far."""
        return {
            "engine": self._engine_name,
            "device": self._assembly.framework.device,
            "num_threads": self._resources.num_threads,
            "total_batch": self.sampler.shards.total_batch,
            "total_threads": self._resources.num_threads * self.sampler.shards.world_size,
            **self._meter.as_dict(),
            **self._resources.as_dict(),
            "storage": None if self._ahead is None else dataclasses.asdict(self._ahead.counts),
            "errors": len(self.errors),
        }

    def close(self) -> None:
        """Free threads, memory and the index; batches and an opened plan that was given stay valid."""
        if self._access.closed:
            return
        self._access.closed = True
        if self._access.forked:
            return  # threads, processes and sockets are the parent's
        self._epochs.close()
        self._assembly.engine.close()
        if self._owns_plan:
            self.plan.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _opened(plan: Path | str, /) -> Plan:
    if not isinstance(plan, (str, Path)):
        raise ConfigError(f"plan must be a plan folder, or an opened Plan; got {plan!r}")
    return open_plan(plan)


def _check_total_batch(sampler: BalancedSampler, /) -> None:
    """Say, once for all ranks, that no batch of an epoch will be whole."""
    shards = sampler.shards
    if shards.total_batch > shards.epoch_size and shards.rank == 0:
        left = "drop_last leaves no step" if shards.drop_last else "each epoch is one smaller batch"
        _LOG.warning(
            "a total batch should be at most an epoch; got %d for a plan of %d draws, so that %s",
            shards.total_batch,
            shards.epoch_size,
            left,
        )


def _cursor_of(state: Mapping[str, Any], /) -> tuple[int, int]:
    """Epoch and step of a saved state."""
    epoch, step = state.get("epoch"), state.get("step")
    if not (isinstance(epoch, int) and isinstance(step, int) and min(epoch, step) >= 0):
        raise LoaderError(f"a saved state must have an epoch and a step of at least 0; got {epoch!r} and {step!r}")
    quarantine = state.get("quarantine")
    if not isinstance(quarantine, Mapping) or not all(map(_is_entry, quarantine.values())):
        raise LoaderError(f"a saved state must have its quarantine; got {quarantine!r}")
    return epoch, step


def _is_entry(entry: object, /) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("reason"), str) and "file" in entry


def _labels(cells: Cells, rows: NDArray[np.int64], /) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """A substitute comes from the same cell, so that the cell says label and weight."""
    cell = np.searchsorted(cells.start, rows, side="right") - 1
    return cells.label[cell], cells.weight[cell].astype(np.float32)
