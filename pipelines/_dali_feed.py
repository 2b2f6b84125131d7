"""What DALI is given: encoded bytes and numbers that say where to cut; made by reader threads, place by place.

A plain JPEG goes to DALI as it is. What DALI does not read as `threads` does (CMYK, 12 bits, PNG with alpha, GIF, a
damaged header) is decoded here by the code that `threads` uses, cut to S x S, and travels as a raw PPM, which DALI
passes through unchanged: both engines accept the same files and show the same pixels. On a CPU so do originals that a
fraction of their DCT coefficients is enough for: DALI has no scaled decode.
"""

from __future__ import annotations

import dataclasses
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datatool.images import UnreadableError, is_regular, read_encoded
from datatool.pipelines._engine import UNKNOWN, Candidate, EngineSpec, Fault, Request
from datatool.pipelines._geometry import Geometry, decode_scale, geometry
from datatool.pipelines._sample import SampleMaker, Trace
from datatool.pipelines.augmentations import Augment

_BLACK: Final = np.frombuffer(b"P6\n1 1\n255\n\0\0\0", np.uint8).copy()


class Cut(NamedTuple):
    """Where DALI cuts and resizes, in pixels; (y, x) throughout.

    The slice is decoded; the region, relative to the slice, is resized to S x S. A region that ends left of its start
    is flipped.
    """

    start: tuple[int, int]
    shape: tuple[int, int]
    region_start: tuple[float, float]
    region_end: tuple[float, float]


class Fed(NamedTuple):
    """One place, ready for DALI."""

    data: NDArray[np.uint8]
    cut: Cut
    row: int  # -1 if the place stays empty
    path: str
    attempt: int
    faults: list[Fault]


class Feeder:
    """Reads places; safe to share between threads.

    Attributes:
        by_host: Paths that DALI failed on.
    """

    def __init__(self, spec: EngineSpec, /) -> None:
        self.spec = spec
        self.by_host: set[str] = set()
        self._host = SampleMaker(dataclasses.replace(spec, augment=without_changes(spec.augment)))

    def feed(self, request: Request, place: int, trace: Trace, /, *, attempt: int = 0) -> Fed:
        """Try the candidates of a place, from ``attempt`` on, until one can be given to DALI."""
        faults: list[Fault] = []
        while (candidate := request.candidate(place, attempt)) is not None:
            reason = self.spec.quarantine.get(candidate.path)
            if reason is None:
                try:
                    data, cut, repaired = self._prepare(candidate, request, place, attempt, trace)
                except UnreadableError as error:
                    reason = str(error)
                    self.spec.quarantine.add(candidate.path, reason)
                else:
                    if repaired:
                        faults.append(Fault(place, candidate.row, candidate.path, "repaired", repaired))
                    return Fed(data, cut, candidate.row, candidate.path, attempt, faults)
            faults.append(Fault(place, candidate.row, candidate.path, "unreadable", reason))
            attempt += 1
        return Fed(_BLACK, _whole(1, 1), -1, "", attempt, faults)

    def close(self) -> None:
        """Free what the host keeps."""
        self._host.close()

    def _prepare(
        self, candidate: Candidate, request: Request, place: int, attempt: int, trace: Trace
    ) -> tuple[NDArray[np.uint8], Cut, str]:
        trace.path = candidate.path
        if candidate.path not in self.by_host:
            trace.enter("read")
            encoded = read_encoded(candidate.path, max_pixels=self.spec.max_pixels)
            header = encoded.header
            # DALI may crash where the markers of several files of a batch make no sense to it.
            if header.scalable and is_regular(encoded.data):
                shape = geometry(
                    self.spec.augment,
                    request.uniforms[place],
                    width=header.width,
                    height=header.height,
                    image_size=self.spec.image_size,
                )
                if self._suits_dali(shape):
                    return np.frombuffer(encoded.data, np.uint8), cut_of(shape, self.spec.image_size), encoded.repaired
        size = self.spec.image_size
        data, pixels = _ppm(size)
        next_use = int(request.next_use[place]) if attempt == 0 else UNKNOWN
        repaired = self._host.make(
            candidate, request.uniforms[place], int(request.seeds[place]), next_use, pixels, trace
        )
        return data, _whole(size, size), repaired

    def _suits_dali(self, shape: Geometry) -> bool:
        inside = shape.left >= 0 and shape.top >= 0
        return inside and not (self.spec.device == "cpu" and decode_scale(self.spec.augment, shape) > 1)


def without_changes(augment: Augment, /) -> Augment:
    """Crop, resize and flip only."""
    return dataclasses.replace(augment, extras=augment.mixings)


def cut_of(shape: Geometry, size: int, /) -> Cut:
    """The slice to decode and the region of it that becomes S x S pixels."""
    across, down = shape.width / shape.out_width, shape.height / shape.out_height
    left, right = shape.left * across, (shape.left + size) * across
    top, bottom = shape.top * down, (shape.top + size) * down
    if shape.flip:
        left, right = right, left
    return Cut((shape.y, shape.x), (shape.height, shape.width), (top, left), (bottom, right))


def _whole(height: int, width: int) -> Cut:
    return Cut((0, 0), (height, width), (0.0, 0.0), (float(height), float(width)))


def _ppm(size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A raw PPM of S x S pixels, and its pixels to write to."""
    header = b"P6\n%d %d\n255\n" % (size, size)
    data = np.empty(len(header) + 3 * size * size, np.uint8)
    data[: len(header)] = np.frombuffer(header, np.uint8)
    return data, data[len(header) :].reshape(size, size, 3)
