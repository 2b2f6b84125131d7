"""How fast a store answers, and how many threads that ask at once pay."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from datatool.schemas import Container
from datatool.storage.remote._address import address_of
from datatool.storage.remote._objects import first_below, range_bytes, state_of

_THREADS: Final = (1, 4, 16, 64)
_MOST_BYTES: Final = 64 << 10  # of one GET: about a photograph
_SPANS: Final = 64  # places that are asked for in turn
_ALONE: Final = 8  # GETs one after the other, for the latency
_NEAR_BEST: Final = 0.9  # of the best rate: more threads than that needs do not pay

Span = tuple[Container, int, int]


class Rate(NamedTuple):
    """What some threads got.

    Attributes:
        threads: That asked at once.
        gets: A second.
        bytes: A second.
    """

    threads: int
    gets: float
    bytes: float


class StoreSpeed(NamedTuple):
    """How a store answered.

    Attributes:
        objects: That were asked for.
        get_bytes: Of one GET, median.
        latency: Seconds of one GET alone, median.
        rates: By threads, ascending.
    """

    objects: int
    get_bytes: int
    latency: float
    rates: tuple[Rate, ...]

    @property
    def io_threads(self) -> int:
        """The fewest threads that come near the best rate."""
        best = max(rate.gets for rate in self.rates)
        return next(rate.threads for rate in self.rates if rate.gets >= _NEAR_BEST * best)


def store_speed(url: str, /, *, seconds: float = 1.0) -> StoreSpeed:
    """Ask for ranges of an object, or of the first objects below a prefix, for some seconds.

    Args:
        url: Of an object, or of a bucket or a prefix in one.
        seconds: For each number of threads.

    Raises:
        FileNotFoundError: If there is nothing.
        DatasetError: If it is a prefix of a scheme without listings.
        RemoteError: If the store refuses.
    """
    import statistics

    objects = _objects(url)
    spans = [span for container in objects for span in _spans(container, -(-_SPANS // len(objects)))]
    alone = [_timed(span) for span in itertools.islice(itertools.cycle(spans), _ALONE)]
    return StoreSpeed(
        objects=len(objects),
        get_bytes=int(statistics.median(length for _, _, length in spans)),
        latency=statistics.median(alone),
        rates=tuple(_rate(spans, threads, seconds) for threads in _THREADS),
    )


def _objects(url: str) -> list[Container]:
    if address_of(url).key and not url.endswith("/"):
        try:
            return [state_of(url)]
        except FileNotFoundError:
            if url.startswith(("https://", "http://")):
                raise
    found = [state_of(below) for below in first_below(url, _ALONE)]
    if not found:
        raise FileNotFoundError(url)
    return found


def _spans(container: Container, count: int) -> list[Span]:
    """Ranges evenly over an object."""
    length = min(container.size, _MOST_BYTES)
    room = container.size - length
    places = {room * place // max(1, count - 1) for place in range(count)}
    return [(container, place, length) for place in sorted(places)]


def _timed(span: Span) -> float:
    start = time.perf_counter()
    range_bytes(*span)
    return time.perf_counter() - start


def _rate(spans: list[Span], threads: int, seconds: float) -> Rate:
    turns: Iterator[Any] = itertools.cycle(spans)  # `next` of it is atomic
    start = time.perf_counter()

    def ask(_: int) -> list[int]:
        got = []
        while time.perf_counter() - start < seconds:
            got.append(len(range_bytes(*next(turns))))
        return got

    with ThreadPoolExecutor(threads, thread_name_prefix="datatool-object") as pool:
        got = [length for one in pool.map(ask, range(threads)) for length in one]
    taken = time.perf_counter() - start
    return Rate(threads, len(got) / taken, sum(got) / taken)
