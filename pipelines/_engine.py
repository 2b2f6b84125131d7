"""The seam between loader and engines: stateless requests in, uint8 batches out, in the same order.

    loader  --Request-->  engine  --Result-->  loader
            (rows, paths,         (uint8 NHWC, which row each
             random numbers)       place shows, what went wrong)

A request holds everything that decides the pixels of a batch. An engine keeps no random state, knows nothing of epochs
or frameworks, and may work on as many requests ahead as it likes: its results depend on nothing but the request and
the files. Engines are built by `datatool.pipelines.open_engine` from an `EngineSpec`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.pipelines.augmentations import Augment
from datatool.schemas import MAX_PIXELS
from datatool.storage import ReadAhead, Uses, is_remote

UNKNOWN: Final = -1
FaultKind = Literal["repaired", "unreadable", "transform"]


class Candidate(NamedTuple):
    """A row that may fill a place of a batch."""

    row: int
    path: str  # joined to its root


class Fault(NamedTuple):
    """Something that went wrong, or was mended, while a place was filled.

    ``repaired``: used after mending. ``unreadable``: the file is missing, damaged or too large; every draw of it will
    fail. ``transform``: the user's callable raised; another draw of the file may work.
    """

    place: int
    row: int
    path: str
    kind: FaultKind
    reason: str


def no_substitute(place: int, attempt: int, /) -> Candidate | None:
    """A place is never filled by another row."""
    del place, attempt
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """One batch to be made, on one rank.

    Attributes:
        epoch, step: Names of the batch in messages.
        positions: int64 (B,), 0-based place in the epoch.
        rows: int64 (B,), row of the plan or list to show at each place.
        paths: B paths, joined to their roots.
        uniforms: float64 (B, `Stream.SIZE`) in [0, 1): all randomness of each place, one column for each use.
        seeds: uint64 (B,), for a user's transform.
        next_use: int64 (B,), when this rank draws the row again, counted in positions over all epochs; for the cache,
            which leaves rows of `UNKNOWN` next use as they are.
        uses: When this machine draws the rows again, for the byte cache; None where there is none.
        substitute: ``(place, attempt)`` -> what fills the place after ``attempt`` candidates failed (1, 2, ...), None
            when there is nothing left: the place then stays empty. Pure: depends on its arguments and the plan only.
    """

    epoch: int
    step: int
    positions: NDArray[np.int64]
    rows: NDArray[np.int64]
    paths: list[str]
    uniforms: NDArray[np.float64]
    seeds: NDArray[np.uint64]
    next_use: NDArray[np.int64]
    uses: Uses | None = None
    substitute: Callable[[int, int], Candidate | None] = no_substitute

    def __len__(self) -> int:
        return len(self.rows)

    def candidate(self, place: int, attempt: int, /) -> Candidate | None:
        """What to try at ``place`` after ``attempt`` candidates failed; 0 is the row asked for."""
        if attempt == 0:
            return Candidate(int(self.rows[place]), self.paths[place])
        return self.substitute(place, attempt)


def asked_ahead(request: Request, /, spec: EngineSpec, *, holds: Callable[[int], bool] = lambda _: False) -> Request:
    """The same request, whose images in object stores are on their way.

    Args:
        request: Just made.
        spec: Of the engine.
        holds: Whether the picture of a row is decoded already, so that its file is not needed.
    """
    if spec.ahead is None or not any(map(is_remote, request.paths)):
        return request
    wanted = [
        not holds(row) and spec.quarantine.get(path) is None
        for row, path in zip(request.rows.tolist(), request.paths, strict=True)
    ]
    places = [place for place, want in enumerate(wanted) if want]
    uses = None if request.uses is None else request.uses.of(places)
    asked = iter(spec.ahead([request.paths[place] for place in places], uses))
    paths = [next(asked) if want else path for path, want in zip(request.paths, wanted, strict=True)]
    return dataclasses.replace(request, paths=paths)


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """One batch that was made.

    Attributes:
        request: What was asked for.
        images: uint8 (B, S, S, 3), RGB, an owner of memory that speaks DLPack; on the engine's device. Never written
            again while anything refers to it. Empty places are black.
        rows: int64 (B,), the row each place shows.
        filled: bool (B,), False where no candidate could be used.
        faults: In the order of places and attempts.
        seconds: Stage (``read``, ``decode``, ``augment``, ...) -> seconds spent, summed over workers.
        counts: ``hits`` and ``decodes`` of this batch, where the engine has a cache.
    """

    request: Request
    images: Any
    rows: NDArray[np.int64]
    filled: NDArray[np.bool_]
    faults: list[Fault]
    seconds: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


class Engine(Protocol):
    """What turns requests into batches."""

    def batches(self, requests: Iterator[Request], /) -> Generator[Result, None, None]:
        """Yield one result for each request, in order.

        Requests are pulled ahead of need. An exception of ``requests`` surfaces at its place in the order. Closing
        the iterator drops what is under way; the engine can then be asked again.

        Raises:
            LoaderError: If a wait passes its deadline (the stage is named), or the engine itself fails.
        """
        ...

    def close(self) -> None:
        """Free threads, processes and memory; batches already handed out stay valid."""
        ...


class Quarantine:
    """Files found unreadable: saves reading them again and never changes a pixel.

    Shared by the threads of one engine: single dictionary operations are atomic.
    """

    def __init__(self, reasons: Mapping[str, str] | None = None, /) -> None:
        self.reasons = dict(reasons or {})

    def get(self, path: str, /) -> str | None:
        """Why ``path`` is known to be unreadable, if it is."""
        return self.reasons.get(path)

    def add(self, path: str, reason: str, /) -> None:
        """Remember that ``path`` cannot be used."""
        self.reasons[path] = reason


@dataclass(frozen=True, kw_only=True)
class EngineSpec:
    """How an engine is built; what a request does not say.

    Attributes:
        image_size: S, pixels.
        batch_size: Most places of a request.
        augment: How pictures are cropped and changed.
        transform: ``(image, seed) -> image``, uint8 (H, W, 3) to uint8 (S, S, 3), or None.
        max_pixels: Larger pictures are refused from their header.
        num_threads: Workers that read, decode and augment.
        prefetch: Batches under way beside the one in use.
        cache_bytes: Budget of the decode cache; 0 is off.
        device: ``cpu`` or ``gpu:N``.
        workers: Where samples are made: threads of this process, or processes.
        timeout: Seconds any wait may last.
        image_timeout: Seconds that decoding one picture may take.
        quarantine: Files not to be tried again.
        ahead: Reads images of object stores before they are needed; None reads each where it is decoded.
        stream: Gives the CUDA stream that results are used on, asked before each; None: results are complete when
            they are handed over.
    """

    image_size: int
    batch_size: int
    augment: Augment
    transform: Callable[[NDArray[np.uint8], int], NDArray[np.uint8]] | None = None
    max_pixels: int = MAX_PIXELS
    num_threads: int = 2
    prefetch: int = 3
    cache_bytes: int = 0
    device: str = "cpu"
    workers: Literal["threads", "processes"] = "threads"
    timeout: float = 120.0
    image_timeout: float = 30.0  # a picture of 178 million pixels takes about two
    quarantine: Quarantine = field(default_factory=Quarantine)
    ahead: ReadAhead | None = None
    stream: Callable[[], int] | None = None
