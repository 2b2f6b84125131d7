"""BalancedLoader: a plan's epochs as batches of a framework."""

from __future__ import annotations

import operator
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from datatool.loader._assembly import Assembly, filler
from datatool.loader._batch import Batch
from datatool.loader._handover import open_handover
from datatool.loader._ledger import MAX_ERRORS, FileError, Ledger, OnError, error_limit
from datatool.loader._normalise import IMAGENET_MEAN, IMAGENET_STD, Triple
from datatool.loader._options import as_augment, check_mixing, check_options
from datatool.loader._requests import PlanRequests
from datatool.loader._resources import caching_pays, choose_engine, resources
from datatool.loader._stats import Meter
from datatool.loader._transform import seeded
from datatool.pipelines import Augment, EngineSpec, Quarantine, open_engine
from datatool.samplers import BalancedSampler
from datatool.schemas import Cells, LoaderError, Plan


class BalancedLoader:
    """Yields the batches of a plan, epoch by epoch.

    Args:
        plan: A plan folder, or an opened `Plan`.
        batch_size: Places per batch on this rank.
        image_size: S: pictures become S x S pixels.
        root: Folder to which all paths are joined; None takes the plan's roots.
        framework: Whose tensors a batch holds.
        engine: ``auto`` is ``dali`` where a GPU and DALI are present, else ``threads``.
        device: Where images, labels and weights go; ``auto`` is the framework's current device.
        seed: Of order and augmentation.
        rank: This process's number.
        world_size: Number of processes.
        drop_last: Leave the last, smaller batch undrawn.
        window: Batches over which positions are shuffled.
        augment: A name such as ``crop-flip+jitter``, or an `Augment`.
        transform: A callable taking ``image=``, uint8 (H, W, 3), after ``augment``; with ``augment="none"`` it is given
            the whole picture. It must return uint8 (S, S, 3), or a mapping with that under ``image``.
        views: With N, a row's draws take turns among N fixed augmentations.
        output: ``float32`` (B, 3, S, S) normalised, or ``uint8`` (B, S, S, 3).
        mean: Of each channel, in [0, 1].
        std: Of each channel, in [0, 1].
        num_threads: Workers; None is one per CPU that this rank may use.
        workers: ``processes`` for transforms that hold the interpreter lock.
        on_error: What becomes of a place whose file cannot be used.
        max_errors: An int is a number of files, a float a share of the plan's rows; past it the loader raises.
        max_pixels: Larger pictures are refused from their header.
        cache: Decoded pictures kept, in MiB; ``auto`` is a quarter of the free memory, None is off.
        eval_resize: Short side before the central crop of ``augment="eval"``.
        interpolation: ``area``, ``linear``, ``cubic`` or ``nearest``.
        prefetch: Batches under way beside the one in use.
        timeout: Seconds without progress that a wait may last.
        local_world_size: Ranks that share this machine's memory and CPUs; None: all of them.

    Raises:
        PlanError: If the plan cannot be opened.
        ConfigError: If an argument is unusable.
        LoaderError: If none of the first paths exists, or memory is too small.
        MissingDependencyError: If the framework or engine is not installed.
    """

    def __init__(  # long, and straight: arguments to parts, in the order in which a mistake should be named
        self,
        plan: Plan | Path | str,
        /,
        *,
        batch_size: int,
        image_size: int = 224,
        root: Path | str | None = None,
        framework: Literal["paddle", "torch", "numpy"] = "paddle",
        engine: Literal["auto", "threads", "dali"] = "auto",
        device: str = "auto",
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = False,
        window: int = 1,
        augment: str | Augment = "crop-flip",
        transform: Any = None,
        views: int | None = None,
        output: Literal["float32", "uint8"] = "float32",
        mean: Triple = IMAGENET_MEAN,
        std: Triple = IMAGENET_STD,
        num_threads: int | None = None,
        workers: Literal["threads", "processes"] = "threads",
        on_error: OnError = "replace",
        max_errors: float = MAX_ERRORS,
        max_pixels: int = 178_000_000,
        cache: Literal["auto"] | int | None = "auto",
        eval_resize: int | None = None,
        interpolation: Literal["area", "linear", "cubic", "nearest"] = "area",
        prefetch: int = 3,
        timeout: float = 120.0,
        local_world_size: int | None = None,
    ) -> None:
        check_options(locals())  # all arguments by name, before any is used
        self.plan = plan if isinstance(plan, Plan) else Plan.open(plan)
        self.sampler = BalancedSampler(
            self.plan,
            batch_size=batch_size,
            seed=seed,
            rank=rank,
            world_size=world_size,
            drop_last=drop_last,
            window=window,
        )
        self._augment = as_augment(
            augment, image_size=image_size, resize=eval_resize, interpolation=interpolation, views=views
        )
        self._ledger = Ledger(on_error=on_error, limit=error_limit(max_errors, self.plan.num_rows))
        self._image_size = image_size
        shape = (batch_size, image_size, image_size, 3)
        self._resources = resources(
            num_threads=num_threads,
            cache=cache,
            shape=shape,
            prefetch=prefetch,
            output=output,
            worthwhile=caching_pays(max_repeat=self.plan.stats.max_repeat, num_rows=self.plan.num_rows),
            local_world_size=local_world_size or world_size,
        )
        self._requests = PlanRequests(
            plan=self.plan,
            sampler=self.sampler,
            seed=seed,
            root=None if root is None else str(root),
            replace=on_error == "replace",
            max_attempts=self._ledger.limit + 2,
            cached=self._resources.cache_bytes > 0,
            views=views,
            mixes=self._augment.mixes,
        )
        self._requests.check_first_paths()
        self._resources.check()
        framework_ = open_handover(framework, device=device, shape=shape, output=output, mean=mean, std=std)
        check_mixing(self._augment, device=framework_.device, output=output)
        self._quarantine = Quarantine()
        self._engine_name = choose_engine(engine, device=framework_.device, transform=transform)
        spec = EngineSpec(
            image_size=image_size,
            batch_size=batch_size,
            augment=self._augment,
            transform=seeded(transform),
            max_pixels=max_pixels,
            num_threads=self._resources.num_threads,
            prefetch=prefetch,
            cache_bytes=self._resources.cache_bytes,
            device=framework_.device.replace("cuda", "gpu"),
            workers=workers,
            timeout=timeout,
            quarantine=self._quarantine,
            stream=framework_.stream,
        )
        self._meter = Meter()
        self._assembly = Assembly(
            engine=open_engine(self._engine_name, spec),
            framework=framework_,
            ledger=self._ledger,
            meter=self._meter,
            augment=self._augment,
            labels=partial(_labels, self.plan.cells),  # not a method: a cycle would keep all memory
            must_fill=on_error == "replace",
        )
        self._place = (0, 0)  # epoch, and steps of it handed over
        self._resume: tuple[int, int] | None = None
        self._running: Generator[Batch, None, None] | None = None
        self._closed = False

    def __len__(self) -> int:
        """Steps per epoch, the same on every rank."""
        return len(self.sampler)

    @property
    def errors(self) -> list[FileError]:
        """One entry per file that was mended, replaced or skipped, in the order they were met."""
        return self._ledger.errors

    def epoch(self, epoch: int, /) -> Iterator[Batch]:
        """Yield the batches of one epoch.

        After `load_state_dict`, the saved epoch goes on at the saved step; every other starts at its beginning. An
        iterator of an earlier epoch ends where it is.

        Raises:
            LoaderError: If a file fails that may not, if a wait passes its deadline, or if the loader is closed.
        """
        if self._closed:
            raise LoaderError("a loader must be open; got a closed one")
        epoch = operator.index(epoch)  # numpy's are not JSON
        if self._running is not None:
            self._running.close()
        first = self._resume[1] if self._resume is not None and self._resume[0] == epoch else 0
        self._resume = None
        self._place = (epoch, first)
        self._running = self._batches(epoch, first)
        return self._running

    def _batches(self, epoch: int, first: int) -> Generator[Batch, None, None]:
        with closing(self._assembly.batches(self._requests.epoch(epoch, first))) as batches:
            for step in range(first, len(self)):
                if len(self.sampler.positions(epoch, step)):
                    batch = next(batches)
                else:
                    batch = filler(self._assembly.framework, self._image_size)
                self._place = (epoch, step + 1)
                yield batch
                del batch

    def state_dict(self) -> dict[str, Any]:
        """Where the loader is, as plain JSON: a batch counts as done once it was handed over."""
        epoch, step = self._place
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
        mine = self.state_dict()
        for key in ("fingerprint", "seed", "total_batch", "window"):
            if state.get(key) != mine[key]:
                raise LoaderError(
                    f"a resumed loader must have the same {key.replace('_', ' ')}; "
                    f"got {mine[key]!r} and {state.get(key)!r} in the state"
                )
        place = _place_of(state)
        if self._running is not None:
            self._running.close()
        for path, reason in self._ledger.restore(state["quarantine"]).items():
            self._quarantine.add(path, reason)
        self._place = self._resume = place

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
            "errors": len(self.errors),
        }

    def close(self) -> None:
        """Free threads and memory; batches that are still referenced stay valid."""
        if not self._closed:
            self._closed = True
            if self._running is not None:
                self._running.close()
                self._running = None
            self._assembly.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _place_of(state: Mapping[str, Any], /) -> tuple[int, int]:
    """Epoch and step of a saved state."""
    epoch, step = state.get("epoch"), state.get("step")
    if not (isinstance(epoch, int) and isinstance(step, int) and min(epoch, step) >= 0):
        raise LoaderError(f"a saved state must have an epoch and a step of at least 0; got {epoch!r} and {step!r}")
    if not isinstance(state.get("quarantine"), Mapping):
        raise LoaderError(f"a saved state must have its quarantine; got {state.get('quarantine')!r}")
    return epoch, step


def _labels(cells: Cells, rows: NDArray[np.int64], /) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """A substitute comes from the same cell, so that the cell says label and weight."""
    cell = np.searchsorted(cells.start, rows, side="right") - 1
    return cells.label[cell], cells.weight[cell].astype(np.float32)
