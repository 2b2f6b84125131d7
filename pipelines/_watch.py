"""Waiting with a deadline, and a sentence that names the stage when it passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from datatool.pipelines._engine import EngineSpec
from datatool.pipelines._sample import Trace, late
from datatool.pipelines._workers import Workers
from datatool.schemas import LoaderError

WAITING = ("idle",)
_OVERSLEPT: Final = 1.0  # seconds by which a wait is too long before this process is held to have been stopped


class Watch:
    """Looks on while workers work.

    Args:
        spec: Says the seconds without any progress that a wait may last, and those that decoding a picture may take.
        workers: All of them.
    """

    def __init__(self, spec: EngineSpec, /, *workers: Workers) -> None:
        self._spec = spec
        self._workers = workers
        self._seen = self._totals()

    @property
    def _traces(self) -> list[Trace]:
        return [trace for workers in self._workers for trace in workers.traces]

    def wait(self, condition: threading.Condition, ready: Callable[[], bool], /) -> None:
        """Wait until ``ready``; the condition must be held.

        A picture that has been decoded for ``image_timeout`` of the seconds waited is refused, and its thread given
        up for another.

        Raises:
            LoaderError: If no worker has got anywhere for ``timeout`` seconds, or too many threads are lost.
        """
        timeout, image_timeout = self._spec.timeout, self._spec.image_timeout
        begun = moved = time.perf_counter()
        before = self._progress()
        while True:
            asked = time.perf_counter()
            since = min((max(trace.since, begun) for trace in self._traces if trace.decoding), default=asked)
            seconds = max(0.0, min(moved + timeout, since + image_timeout) - asked)
            if condition.wait_for(ready, seconds):
                return
            now = time.perf_counter()
            if now > asked + seconds + _OVERSLEPT:  # stopped, and so were the decoders
                begun = moved = now
            if now - begun >= image_timeout:
                self._give_up(now - image_timeout)
            if (progress := self._progress()) != before:
                before, moved = progress, now
            elif now - moved >= timeout:
                raise LoaderError(
                    f"a batch must arrive within {timeout:g} seconds of the last progress; got none: {self.stuck()}",
                    hint="look at that file's disk or network, or raise timeout",
                )

    def _give_up(self, before: float) -> None:
        """Refuse the pictures that have been decoded since a time earlier than ``before``."""
        for workers in self._workers:
            for number, trace in enumerate(workers.traces):
                if task := trace.give_up(before):
                    self._spec.quarantine.add(trace.path, late(self._spec.image_timeout))
                    workers.replace(number, task)

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
