"""Engine, threads and memory: what is chosen, and whether there is enough."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from datatool.machine import cpu_limit, memory_limit
from datatool.schemas import LoaderError

MIB: Final = 1 << 20
AUTO_CACHE_SHARE: Final = 4  # a quarter of the free memory: model, framework and page cache need the rest
TYPICAL_BYTES: Final = 640_000  # one decoded picture of 400 x 533 pixels
DECODED_MIB: Final = 40  # one decoded 12-megapixel picture, for each worker


def choose_engine(engine: str, /, *, device: str, transform: object) -> str:
    """``auto`` is ``dali`` where a GPU and DALI are present and nothing needs Python per picture."""
    if engine != "auto":
        return engine
    if device == "cpu" or transform is not None:
        return "threads"
    if importlib.util.find_spec("nvidia") is None or importlib.util.find_spec("nvidia.dali") is None:
        return "threads"
    from datatool.machine import gpus

    return "dali" if gpus()[0] else "threads"


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a loader takes.

    Attributes:
        num_threads: Workers of this rank.
        cache_bytes: Budget of the decode cache.
        batch_bytes: Batches under way and in use.
        work_bytes: Pictures being decoded.
        free_bytes: Memory that may still be taken.
    """

    num_threads: int
    cache_bytes: int
    batch_bytes: int
    work_bytes: int
    free_bytes: int

    @property
    def needed_bytes(self) -> int:
        """All of it."""
        return self.cache_bytes + self.batch_bytes + self.work_bytes

    def as_dict(self) -> dict[str, int]:
        """For `stats()`, in MiB."""
        return {
            "cache_mib": self.cache_bytes // MIB,
            "needed_mib": self.needed_bytes // MIB,
            "free_mib": self.free_bytes // MIB,
        }

    def check(self) -> None:
        """Refuse to start with too little memory.

        Raises:
            LoaderError: Saying what is needed and what there is.
        """
        if self.needed_bytes > self.free_bytes:
            parts = {"batches": self.batch_bytes, "decoding": self.work_bytes, "cache": self.cache_bytes}
            said = ", ".join(f"{name} {value // MIB:,}" for name, value in parts.items())
            raise LoaderError(
                f"the loader must fit into free memory; got {self.free_bytes // MIB:,} MiB free and "
                f"{self.needed_bytes // MIB:,} MiB needed ({said})",
                hint="lower batch_size, prefetch, num_threads or cache",
            )


def resources(
    *,
    num_threads: int | None,
    cache: Literal["auto"] | int | None,
    shape: tuple[int, int, int, int],
    prefetch: int,
    output: str,
    worthwhile: Callable[[int], bool],
    local_world_size: int,
) -> Resources:
    """Decide on threads and cache.

    Args:
        num_threads: As given; None is one per usable CPU, shared by the ranks of this machine.
        cache: As given, MiB.
        shape: (B, S, S, 3).
        prefetch: Batches under way.
        output: ``float32`` batches take four bytes more per value.
        worthwhile: Whether a budget of so many bytes saves anything; if not, ``auto`` keeps nothing.
        local_world_size: Ranks on this machine.
    """
    threads = num_threads or max(1, cpu_limit().usable // local_world_size)
    free = memory_limit().free // local_world_size
    pixels = shape[0] * shape[1] * shape[2] * shape[3]
    batches = pixels * (prefetch + 2) + (pixels * 4 * 2 if output == "float32" else 0)
    if cache == "auto":
        cache_bytes = free // AUTO_CACHE_SHARE
        cache_bytes = cache_bytes if worthwhile(cache_bytes) else 0
    else:
        cache_bytes = (cache or 0) * MIB
    return Resources(
        num_threads=threads,
        cache_bytes=cache_bytes,
        batch_bytes=batches,
        work_bytes=threads * DECODED_MIB * MIB,
        free_bytes=free,
    )


def caching_pays(*, max_repeat: int, num_rows: int) -> Callable[[int], bool]:
    """Whether a budget pays: rows are drawn again inside an epoch, or a tenth of them lasts to the next."""
    return lambda budget: max_repeat > 1 or num_rows * TYPICAL_BYTES <= 10 * budget
