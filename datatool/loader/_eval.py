"""EvalLoader: every row once, in order, with the evaluation transform."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datatool.loader._assembly import Assembly
from datatool.loader._batch import Batch
from datatool.loader._handover import open_handover
from datatool.loader._ledger import FileError, Ledger, check_first_paths, error_limit
from datatool.loader._normalise import IMAGENET_MEAN, IMAGENET_STD, Triple
from datatool.loader._options import as_augment, check_options
from datatool.loader._requests import Chance
from datatool.loader._resources import resources
from datatool.loader._stats import Meter
from datatool.pipelines import UNKNOWN, Augment, EngineSpec, Interpolation, Request, Stream, open_engine
from datatool.schemas import ConfigError


class EvalLoader:
    """Yields pictures in the order given, once per pass; iterate it as often as you like.

    A file that cannot be used leaves its place black with weight 0, and is named in ``errors``.

    Args:
        paths: Joined to their roots.
        labels: int64 (N,); None where they are not known, and 0 in the batches.
        batch_size: Places per batch; the last batch is smaller.
        image_size: S.
        eval_resize: Short side before the central crop; None is image_size * 256 / 224.
        interpolation: ``area``, ``linear``, ``cubic`` or ``nearest``.
        augment: ``eval``: the short side resized, then the middle; ``none``: the whole picture, squeezed; or any other.
        chance: Places -> the random numbers of their pictures, such as `view_chance` gives; None without chance.
        framework: Whose tensors a batch holds.
        device: Where images, labels and weights go.
        output: ``float32`` or ``uint8``.
        mean: Of each channel.
        std: Of each channel.
        num_threads: Workers; None is one per usable CPU.
        max_errors: An int is a number of files, a float a share of the rows; past it the loader raises.
        max_pixels: Larger pictures are refused from their header.
        prefetch: Batches under way beside the one in use.
        timeout: Seconds without progress that a wait may last.
        look_first: Refuse a list of whose first paths none exists; otherwise each is in ``errors``.

    Raises:
        ConfigError: If an argument is unusable.
        LoaderError: If none of the first paths exists, or memory is too small.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        labels: ArrayLike | None = None,
        /,
        *,
        batch_size: int,
        image_size: int = 224,
        eval_resize: int | None = None,
        interpolation: Interpolation = "area",
        augment: str | Augment = "eval",
        chance: Callable[[NDArray[np.int64]], Chance] | None = None,
        framework: Literal["paddle", "torch", "numpy"] = "paddle",
        device: str = "auto",
        output: Literal["float32", "uint8"] = "float32",
        mean: Triple = IMAGENET_MEAN,
        std: Triple = IMAGENET_STD,
        num_threads: int | None = None,
        max_errors: float = 1.0,
        max_pixels: int = 178_000_000,
        prefetch: int = 3,
        timeout: float = 120.0,
        look_first: bool = True,
    ) -> None:
        check_options(locals())  # all arguments by name, before any is used
        self.paths = [str(path) for path in paths]
        self.labels = np.zeros(len(self.paths), np.int64) if labels is None else np.asarray(labels, np.int64)
        if self.labels.shape != (len(self.paths),):
            raise ConfigError(f"labels must be one per path; got {self.labels.shape} for {len(self.paths)} paths")
        if look_first:
            check_first_paths(self.paths, root=str(Path(self.paths[0]).parent) if self.paths else "")
        self._batch_size = batch_size
        self._chance = chance or _no_chance
        chosen = as_augment(augment, image_size=image_size, resize=eval_resize, interpolation=interpolation)
        shape = (batch_size, image_size, image_size, 3)
        taken = resources(
            num_threads=num_threads,
            cache=None,
            shape=shape,
            prefetch=prefetch,
            output=output,
            worthwhile=lambda _: False,
            local_world_size=1,
        )
        taken.check()
        spec = EngineSpec(
            image_size=image_size,
            batch_size=batch_size,
            augment=chosen,
            max_pixels=max_pixels,
            num_threads=taken.num_threads,
            prefetch=prefetch,
            timeout=timeout,
        )
        self._assembly = Assembly(
            engine=open_engine("threads", spec),
            framework=open_handover(framework, device=device, shape=shape, output=output, mean=mean, std=std),
            ledger=Ledger(on_error="skip", limit=error_limit(max_errors, len(self.paths))),
            meter=Meter(),
            augment=chosen,
            labels=self._labels,
            must_fill=False,
        )

    def __len__(self) -> int:
        """Batches per pass."""
        return (len(self.paths) + self._batch_size - 1) // self._batch_size

    def __iter__(self) -> Iterator[Batch]:
        """One pass; ``rows`` and ``positions`` of a batch are places in ``paths``."""
        with closing(self._assembly.batches(self._requests())) as batches:
            yield from batches

    @property
    def errors(self) -> list[FileError]:
        """One entry per file that was mended or skipped."""
        return self._assembly.ledger.errors

    def stats(self) -> dict[str, Any]:
        """Where the time went so far."""
        return self._assembly.meter.as_dict()

    def close(self) -> None:
        """Free threads and memory; batches that are still referenced stay valid."""
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


def _no_chance(places: NDArray[np.int64]) -> Chance:
    return np.full((len(places), Stream.SIZE), 0.5), np.zeros(len(places), np.uint64)
