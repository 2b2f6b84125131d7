"""EvalLoader: every row once, in order, with the evaluation transform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from datatool.loader._assembly import Assembly
from datatool.loader._batch import Batch
from datatool.loader._ledger import FileError, Ledger, check_first_paths, error_limit
from datatool.loader._options import EvalOptions
from datatool.loader._passes import Access, Pass
from datatool.loader._requests import RandomNumbers
from datatool.loader._resources import resources
from datatool.loader._stats import Meter
from datatool.loader._told_by import told_by
from datatool.pipelines import UNKNOWN, Request, Stream, open_engine
from datatool.schemas import ConfigError


class EvalLoader:
    """Yields pictures in the order given, once per pass; iterate it as often as you like.

    A file that cannot be used leaves its place black with weight 0, and is named in ``errors``.

    Args:
        paths: Joined to their roots.
        options: Given as keywords, ``labels`` also as the second argument: every field of `EvalOptions`, which says
            what each means.

    Raises:
        ConfigError: If an option is unusable.
        LoaderError: If none of the first paths exists, or memory is too small.
    """

    @told_by(EvalOptions)
    def __init__(self, paths: Sequence[str | Path], options: EvalOptions, /) -> None:
        self._access = Access()
        self.paths = _listed(paths)
        labels = options.labels
        self.labels = np.zeros(len(self.paths), np.int64) if labels is None else np.asarray(labels, np.int64)
        if self.labels.shape != (len(self.paths),):
            raise ConfigError(f"labels must be one per path; got {self.labels.shape} for {len(self.paths)} paths")
        if options.look_first:
            root = str(Path(self.paths[0]).parent) if self.paths else ""
            check_first_paths(self.paths, root=root, hint="give paths as they are found from the current folder")
        self._batch_size = options.batch_size
        self._chance = options.chance or _no_chance
        taken = resources(
            num_threads=options.num_threads,
            cache=None,
            shape=options.shape,
            prefetch=options.prefetch,
            output=options.output,
            worthwhile=lambda _: False,
            local_world_size=1,
        )
        taken.check()
        self._assembly = Assembly(
            engine=open_engine("threads", options.engine_spec(taken)),
            framework=options.open_handover(),
            ledger=Ledger(on_error="skip", limit=error_limit(options.max_errors, len(self.paths))),
            meter=Meter(),
            augment=options.augmentation,
            labels=self._labels,
            must_fill=False,
        )

    def __len__(self) -> int:
        """Batches per pass."""
        return (len(self.paths) + self._batch_size - 1) // self._batch_size

    def __iter__(self) -> Iterator[Batch]:
        """One pass; ``rows`` and ``positions`` of a batch are places in ``paths``. Passes do not disturb each other.

        Raises:
            LoaderError: If too many files fail, if a wait passes its deadline, or if the loader is closed or was made
                by another process.
        """
        self._access.check()
        batches = self._assembly.batches(self._requests())
        return Pass(batches, self._access, epoch=0, first=0, num_steps=len(self))

    @property
    def errors(self) -> list[FileError]:
        """One entry per file that was mended or skipped."""
        return self._assembly.ledger.errors

    def stats(self) -> dict[str, Any]:
        """Where the time went so far."""
        return self._assembly.meter.as_dict()

    def close(self) -> None:
        """Free threads and memory; batches that are still referenced stay valid."""
        if self._access.closed:
            return
        self._access.closed = True
        if not self._access.forked:  # in a child, threads are the parent's
            self._assembly.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _requests(self) -> Iterator[Request]:
        for step in range(len(self)):
            rows = np.arange(step * self._batch_size, min((step + 1) * self._batch_size, len(self.paths)))
            uniforms, seeds = self._chance(rows)
            yield Request(
                epoch=0,
                step=step,
                positions=rows,
                rows=rows,
                paths=[self.paths[row] for row in rows],
                uniforms=uniforms,
                seeds=seeds,
                next_use=np.full(len(rows), UNKNOWN),
            )

    def _labels(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        return self.labels[rows], np.ones(len(rows), np.float32)


def _listed(paths: Any) -> list[str]:
    if isinstance(paths, (str, bytes)) or not isinstance(paths, Iterable):
        raise ConfigError(f"paths must be a list of paths; got {paths!r}")
    listed = list(paths)
    for path in listed:
        if not isinstance(path, (str, Path)):
            raise ConfigError(f"paths must be a list of paths; got one that holds {path!r}")
    return [path if isinstance(path, str) else str(path) for path in listed]  # a text may know more than its letters


def _no_chance(places: NDArray[np.int64]) -> RandomNumbers:
    return np.full((len(places), Stream.SIZE), 0.5), np.zeros(len(places), np.uint64)
