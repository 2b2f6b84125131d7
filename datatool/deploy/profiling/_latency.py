"""How long a model takes for a batch."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from datatool.schemas import Latency

WARM_UP: Final = 5  # the first calls of a compiled model choose their kernels


def measure(calls: Sequence[Callable[[], Any]], /, *, runs: int) -> list[Latency]:
    """Time functions in turn, A B A B ..., so that a machine that slows down slows all of them.

    Args:
        calls: Each runs one batch to its end.
        runs: Counted calls of each.
    """
    for call in calls:
        for _ in range(WARM_UP):
            call()
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(runs):
        for call, found in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            found.append(1000 * (time.perf_counter() - start))
    return [
        Latency(median=statistics.median(found), min=min(found), max=max(found), runs=len(found)) for found in times
    ]
