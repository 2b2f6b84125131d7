"""Waiting with a deadline, and a sentence that names the stage when it passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from datatool.pipelines._sample import Trace
from datatool.schemas import LoaderError

WAITING = ("idle",)


class Watch:
    """Looks on while workers work.

    Args:
        traces: One for each worker.
        timeout: Seconds without any progress that a wait may last.
    """

    def __init__(self, traces: Sequence[Trace], /, *, timeout: float) -> None:
        self._traces = traces
        self._timeout = timeout
        self._seen = self._totals()

    def wait(self, condition: threading.Condition, ready: Callable[[], bool], /) -> None:
        """Wait until ``ready``; the condition must be held.

        Raises:
            LoaderError: If no worker has got anywhere for ``timeout`` seconds.
        """
        before = self._progress()
        while not condition.wait_for(ready, self._timeout):
            now = self._progress()
            if now == before:
                raise LoaderError(
                    f"a batch must arrive within {self._timeout:g} seconds of the last progress; got none: "
                    f"{self.stuck()}",
                    hint="look at that file's disk or network, or raise timeout",
                )
            before = now

    def stuck(self) -> str:
        """What the worker that has been busy longest is doing."""
        busy = [trace for trace in self._traces if trace.stage not in WAITING]
        if not busy:
            return "every worker waits for work"
        trace = min(busy, key=lambda trace: trace.since)
        seconds = time.perf_counter() - trace.since
        return f"stage '{trace.stage}' has been at '{trace.path}' for {seconds:.0f} s"

    def spent(self) -> tuple[Mapping[str, float], Mapping[str, int]]:
        """Seconds of each stage, and cache hits and decodes, since the last call."""
        seconds, counts = self._totals()
        old_seconds, old_counts = self._seen
        self._seen = seconds, counts
        return (
            {stage: value - old_seconds.get(stage, 0.0) for stage, value in seconds.items()},
            {name: value - old_counts[name] for name, value in counts.items()},
        )

    def _totals(self) -> tuple[dict[str, float], dict[str, int]]:
        seconds: dict[str, float] = {}
        for trace in self._traces:
            for stage, value in list(trace.seconds.items()):
                if stage not in WAITING:
                    seconds[stage] = seconds.get(stage, 0.0) + value
        return seconds, {
            "hits": sum(trace.hits for trace in self._traces),
            "decodes": sum(trace.decodes for trace in self._traces),
        }

    def _progress(self) -> list[float]:
        return [trace.since for trace in self._traces]
