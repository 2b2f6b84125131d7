"""How shards are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from datatool.prepare import QUALITY
from datatool.schemas import MAX_ERRORS, MAX_PIXELS, ConfigError

SHARD_BYTES: Final = 512 << 20  # few enough files for any store, small enough to copy and to retry
_LEAST_BYTES: Final = 1 << 10
_SIZE: Final = re.compile(r"([0-9]{1,18})\s*(B|KiB|MiB|GiB|kB|MB|GB)?")
_UNITS: Final = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True, kw_only=True)
class PackOptions:
    """What `pack` may be told.

    Attributes:
        shard_bytes: A shard is closed once it has so many.
        short_side: Pixels of the shorter side of larger originals; None keeps every byte.
        quality: JPEG quality of what is encoded again.
        seed: Of the order of images in shards.
        num_threads: That read; None is two per usable CPU.
        max_pixels: Larger pictures are refused from their header.
        max_errors: Share of unreadable images past which nothing is finished.

    Raises:
        ConfigError: If a value is out of range.
    """

    shard_bytes: int = SHARD_BYTES
    short_side: int | None = None
    quality: int = QUALITY
    seed: int = 0
    num_threads: int | None = None
    max_pixels: int = MAX_PIXELS
    max_errors: float = MAX_ERRORS

    def __post_init__(self) -> None:
        """Refuse what would make shards without an image."""
        if self.shard_bytes < _LEAST_BYTES:
            raise ConfigError(f"shard bytes must be at least {_LEAST_BYTES:,}; got {self.shard_bytes:,}")

    @property
    def shrunk(self) -> str:
        """How pictures are made smaller, as manifests say it; empty where every byte is kept."""
        return "" if self.short_side is None else f"short side {self.short_side}, quality {self.quality}"


def parse_bytes(text: str, /) -> int:
    """A number of bytes as people write it.

    Raises:
        ConfigError: If it is none.

    >>> parse_bytes("512MiB"), parse_bytes("1000")
    (536870912, 1000)
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"a size must be a number with {', '.join(_UNITS)}; got '{text}'", hint="for example 512MiB")
    return int(match[1]) * _UNITS[match[2] or "B"]
