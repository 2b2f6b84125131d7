"""What a measurement of the loader may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from datatool.schemas import AUGMENT, IMAGE_SIZE, IO_THREADS, ConfigError, FrameworkName


@dataclass(frozen=True, kw_only=True)
class BenchOptions:
    """What is measured.

    Attributes:
        batch_size: Places per batch.
        image_size: Pixels.
        augment: As of `BalancedLoader`.
        framework: Whose tensors are handed over.
        root: Folder to which all paths are joined.
        num_threads: None is one per usable CPU.
        cache: As of `BalancedLoader`.
        seconds: For each engine.
        step_ms: What the consumer takes for a batch.
        engines: Names; None is every one that can run here.
        io_threads: Objects asked for at once.
        storage_cache: Folder where images of object stores are kept.
        price: Of a million GETs, in any currency; None leaves prices out.
        sample: Files that are looked at one by one.

    Raises:
        ConfigError: If a time is negative, or there is nothing to look at.
    """

    batch_size: int = 64
    image_size: int = IMAGE_SIZE
    augment: str = AUGMENT
    framework: FrameworkName = "numpy"
    root: str | None = None
    num_threads: int | None = None
    cache: Literal["auto"] | int | None = "auto"
    seconds: float = 5.0
    step_ms: float = 0.0
    engines: tuple[str, ...] | None = None
    io_threads: int = IO_THREADS
    storage_cache: str | None = None
    price: float | None = None
    sample: int = 128

    def __post_init__(self) -> None:
        """Refuse a time that cannot pass; the loader looks at its own options."""
        for name in ("seconds", "step_ms", "price"):
            if not 0 <= (getattr(self, name) or 0.0) < float("inf"):
                raise ConfigError(f"{name} must be at least 0; got {getattr(self, name):g}")
        if isinstance(self.sample, bool) or not isinstance(self.sample, int) or self.sample < 1:
            raise ConfigError(f"sample must be at least 1, and a whole number; got {self.sample!r}")


DEFAULTS: Final = BenchOptions()
