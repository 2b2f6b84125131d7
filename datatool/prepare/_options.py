"""How shrunk copies are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from datatool.schemas import MAX_ERRORS, MAX_PIXELS, ConfigError

QUALITY: Final = 90  # visually lossless at training sizes; libjpeg's scale
_LEAST_SIDE: Final = 16


@dataclass(frozen=True, kw_only=True)
class PrepareOptions:
    """What `prepare` may be told.

    Attributes:
        short_side: Pixels of the shorter side; smaller originals are copied byte for byte.
        quality: JPEG quality, 1 to 100.
        num_threads: None is one per usable CPU.
        max_pixels: Larger pictures are refused from their header.
        max_errors: Share of unreadable pictures past which no lists are written.

    Raises:
        ConfigError: If a value is out of range.
    """

    short_side: int
    quality: int = QUALITY
    num_threads: int | None = None
    max_pixels: int = MAX_PIXELS
    max_errors: float = MAX_ERRORS

    def __post_init__(self) -> None:
        """Refuse what would be cut or ignored."""
        for name, least in (("short_side", _LEAST_SIDE), ("quality", 1), ("num_threads", 1), ("max_pixels", 1)):
            value = getattr(self, name)
            if value is None and name == "num_threads":
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ConfigError(
                    f"{name.replace('_', ' ')} must be at least {least}, and a whole number; got {value!r}"
                )
        if self.quality > 100:
            raise ConfigError(f"quality must be at most 100; got {self.quality}")
        if not 0 <= self.max_errors <= 1:
            raise ConfigError(f"max errors must be a share from 0 to 1; got {self.max_errors}")
