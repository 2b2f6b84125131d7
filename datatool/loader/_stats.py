"""Where the time goes."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from datatool.pipelines import Result


@dataclass(kw_only=True)
class Meter:
    """Sums over the batches handed over.

    Attributes:
        images: Places handed over.
        batches: Batches handed over.
        wait: Seconds the consumer waited for the engine.
        handover: Seconds from the engine's result to the framework's tensors.
        busy: Seconds from the first request to the last batch, the consumer's own work included.
        stages: Stage -> seconds, summed over workers.
        counts: Cache hits and decodes.
    """

    images: int = 0
    batches: int = 0
    wait: float = 0.0
    handover: float = 0.0
    busy: float = 0.0
    stages: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    _mark: float = field(default_factory=time.perf_counter)

    def start(self) -> None:
        """The consumer asks for an epoch, or for the next batch."""
        self._mark = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last mark, which moves on."""
        now = time.perf_counter()
        passed, self._mark = now - self._mark, now
        return passed

    def add(self, result: Result, /) -> None:
        """Book one result."""
        self.images += len(result.request)
        self.batches += 1
        self.stages.update(result.seconds)
        self.counts.update(result.counts)

    def as_dict(self) -> dict[str, object]:
        """For `stats()`."""
        hits, decodes = self.counts["hits"], self.counts["decodes"]
        return {
            "images": self.images,
            "batches": self.batches,
            "images_per_second": self.images / self.busy if self.busy else 0.0,
            "seconds": {"total": self.busy, "wait": self.wait, "handover": self.handover, **self.stages},
            "cache": {"hits": hits, "decodes": decodes, "hit_rate": hits / max(1, hits + decodes)},
        }
