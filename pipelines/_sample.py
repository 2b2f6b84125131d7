"""One place of a batch, from path to S x S pixels: what every worker of `threads` and `processes` does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from datatool.images import Header, Pixels, Scratch, UnreadableError, check_pixels, decode, decode_scaled, read_encoded
from datatool.pipelines._cache import BeladyCache, Kept
from datatool.pipelines._engine import UNKNOWN, Candidate, EngineSpec, Fault, Quarantine, Request
from datatool.pipelines._geometry import Geometry, decode_scale, geometry
from datatool.pipelines._render import render
from datatool.schemas import LoaderError


class TransformFailedError(Exception):
    """The user's callable raised; the message says what."""


class AbandonedError(BaseException):
    """This thread's picture took too long to decode, and its work was given to another thread; it is to end."""


@dataclass(slots=True)
class Trace:
    """What one worker is doing, and what it has done.

    Attributes:
        stage: ``idle``, ``read``, ``decode``, ``augment`` or ``transform``; the deadline's message names it.
        path: The file of that stage.
        since: When the stage began, `time.perf_counter`.
        seconds: Stage -> seconds spent in it so far.
        hits: Pictures that came from the cache.
        decodes: Pictures that were decoded.
        task: What the worker has been given, to be given to another should this one not come back.
        decoding: Holds one thing while a picture is decoded. Whoever takes it out first, the worker that is done or
            the watcher that gives it up, has the rest of the task; a list's `pop` is atomic.
    """

    stage: str = "idle"
    path: str = ""
    since: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    hits: int = 0
    decodes: int = 0
    task: Callable[[Trace], None] | None = None
    decoding: list[float] = field(default_factory=list)

    def begin_decode(self) -> None:
        """A picture is decoded from here on, by libraries that nothing can interrupt."""
        self.enter("decode")
        self.decoding = [self.since]

    def end_decode(self) -> None:
        """It was decoded, or refused.

        Raises:
            AbandonedError: If it was given up meanwhile.
        """
        try:
            self.decoding.pop()
        except IndexError:
            raise AbandonedError from None

    def give_up(self, before: float, /) -> Callable[[Trace], None] | None:
        """Take the task from a worker that has decoded one picture since a time earlier than ``before``."""
        decoding, task = self.decoding, self.task
        if not decoding or self.since >= before:
            return None
        try:
            decoding.pop()
        except IndexError:
            return None
        return task

    def enter(self, stage: str, /) -> None:
        """Book the time since the last call on the stage that ends now."""
        now = time.perf_counter()
        self.seconds[self.stage] = self.seconds.get(self.stage, 0.0) + now - self.since
        self.stage, self.since = stage, now


class Maker(Protocol):
    """What fills places."""

    def make(
        self,
        candidate: Candidate,
        uniforms: NDArray[np.float64],
        seed: int,
        next_use: int,
        out: Pixels,
        trace: Trace,
        /,
    ) -> str:
        """See `SampleMaker.make`."""
        ...

    def holds(self, row: int, /) -> bool:
        """Whether the picture of a row is decoded already."""
        ...

    def close(self) -> Any:
        """Free what is kept."""
        ...


class SampleMaker:
    """Fills places; holds no state but the cache, so that any number of threads may share it."""

    def __init__(self, spec: EngineSpec, /) -> None:
        self.spec = spec
        self.cache = BeladyCache(spec.cache_bytes) if spec.cache_bytes else None
        self._raw = spec.augment.crop == "none" and spec.transform is not None  # the transform gets the whole picture
        # What a cache or a transform may keep needs memory of its own.
        self._scratch = None if self.cache is not None or self._raw else Scratch()

    def make(
        self,
        candidate: Candidate,
        uniforms: NDArray[np.float64],
        seed: int,
        next_use: int,
        out: Pixels,
        trace: Trace,
        /,
    ) -> str:
        """Write the candidate's picture to ``out``, uint8 (S, S, 3); returns how its file was repaired, or nothing.

        Raises:
            UnreadableError: If the file cannot be used.
            TransformFailedError: If the user's callable raised.
        """
        trace.path = candidate.path
        kept, shape = self._picture(candidate, uniforms, trace)
        if self.cache is not None and next_use != UNKNOWN:
            self.cache.offer(candidate.row, kept, next_use)
        if self._raw:
            self._transform(kept.pixels if self.cache is None else kept.pixels.copy(), seed, out, trace)
            return kept.repaired
        trace.enter("augment")
        render(kept.pixels, shape, kept.scale, self.spec.augment, out)
        self.spec.augment.change(out, uniforms)
        if self.spec.transform is not None:
            self._transform(out, seed, out, trace)
        return kept.repaired

    def holds(self, row: int, /) -> bool:
        """Whether the cache has the picture of a row, if only at another scale."""
        return self.cache is not None and self.cache.get(row) is not None

    def close(self) -> None:
        """Free the cache."""
        if self.cache is not None:
            self.cache.close()

    def _picture(self, candidate: Candidate, uniforms: NDArray[np.float64], trace: Trace) -> tuple[Kept, Geometry]:
        """The decoded picture, from the cache if it holds the right scale, and where to cut it."""
        cached = None if self.cache is None else self.cache.get(candidate.row)
        if cached is not None:
            shape = self._geometry(uniforms, cached.width, cached.height)
            if not cached.scalable or cached.scale == self._scale(shape):
                trace.hits += 1
                return cached, shape
        trace.decodes += 1
        trace.enter("read")
        data, header, repaired = read_encoded(candidate.path, max_pixels=self.spec.max_pixels)
        trace.begin_decode()
        try:
            return self._decoded(data, header, uniforms, repaired)
        finally:
            trace.end_decode()

    def _decoded(
        self, data: bytes, header: Header, uniforms: NDArray[np.float64], repaired: str
    ) -> tuple[Kept, Geometry]:
        if header.scalable:
            shape = self._geometry(uniforms, header.width, header.height)
            scale = self._scale(shape)
            scaled = decode_scaled(data, header, scale=scale, scratch=self._scratch)
            if scaled is not None:
                return Kept(scaled, header.width, header.height, scale, True, repaired), shape
        pixels = decode(data)
        height, width = pixels.shape[:2]
        check_pixels(height * width, self.spec.max_pixels)
        return Kept(pixels, width, height, 1, False, repaired), self._geometry(uniforms, width, height)

    def _geometry(self, uniforms: NDArray[np.float64], width: int, height: int) -> Geometry:
        return geometry(self.spec.augment, uniforms, width=width, height=height, image_size=self.spec.image_size)

    def _scale(self, shape: Geometry) -> int:
        return 1 if self._raw else decode_scale(self.spec.augment, shape)

    def _transform(self, image: Pixels, seed: int, out: Pixels, trace: Trace) -> None:
        trace.enter("transform")
        assert self.spec.transform is not None
        try:
            changed = self.spec.transform(image, seed)
        except Exception as error:
            raise TransformFailedError(f"{type(error).__name__}: {error}") from error
        if not isinstance(changed, np.ndarray) or changed.shape != out.shape or changed.dtype != np.uint8:
            raise LoaderError(
                f"transform must return a uint8 array of shape {out.shape}; got {_describe(changed)}",
                hint="crop or resize to image_size in the transform, and leave normalisation to the loader",
            )
        if changed is not out:
            out[:] = changed


def _describe(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return type(value).__name__


def late(seconds: float, /) -> str:
    """Why a picture is refused that was not decoded in time; the same in every run."""
    return f"it takes more than {seconds:g} seconds to decode"


@dataclass(slots=True)
class Filled:
    """What became of one place; ``row`` is -1 if it stayed empty."""

    row: int
    faults: list[Fault]


def fill_place(
    maker: Maker, quarantine: Quarantine, request: Request, place: int, out: Pixels, trace: Trace, /
) -> Filled:
    """Try the candidates of a place in turn until one gives a picture; black if none does."""
    faults: list[Fault] = []
    attempt = 0
    while (candidate := request.candidate(place, attempt)) is not None:
        kind, reason = "unreadable", quarantine.get(candidate.path)
        if reason is None:
            try:
                repaired = maker.make(
                    candidate,
                    request.uniforms[place],
                    int(request.seeds[place]),
                    int(request.next_use[place]) if attempt == 0 else UNKNOWN,
                    out,
                    trace,
                )
            except UnreadableError as error:
                reason = str(error)
                quarantine.add(candidate.path, reason)
            except TransformFailedError as error:
                kind, reason = "transform", str(error)
            else:
                if repaired:
                    faults.append(Fault(place, candidate.row, candidate.path, "repaired", repaired))
                return Filled(candidate.row, faults)
        faults.append(Fault(place, candidate.row, candidate.path, kind, reason))  # type: ignore[arg-type]
        attempt += 1
    out[:] = 0
    return Filled(-1, faults)
