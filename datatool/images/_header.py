"""What is known of a picture before it is decoded."""

from __future__ import annotations

from typing import NamedTuple


class HeaderError(Exception):
    """A header that asks for too much, or for what is not followed; the message says so of the file."""


class Header(NamedTuple):
    """What the first bytes of a picture say.

    Width and height are of the upright picture where it is a JPEG, else as stored, pixels; 0 where they do not say.
    """

    format: str  # "jpeg", "png", ..., "" if unknown
    width: int
    height: int
    orientation: int = 1  # EXIF, 1 to 8
    channels: int = 3
    precision: int = 8  # bits of a sample
    scans: int = 1  # of a JPEG, in as much of the file as was given; counted only where there may be many
    parts: int = 0  # pixels worth of memory that decoding may take beside the picture: tiles, hidden frames
    refused: str = ""  # why a header that makes sense is refused all the same

    @property
    def pixels(self) -> int:
        """Pixels that a decoder may have to hold."""
        return max(self.width * self.height, self.parts)

    @property
    def scalable(self) -> bool:
        """Whether simplejpeg decodes it, at a fraction if asked: 8-bit grey or colour JPEG, not CMYK."""
        return (
            self.format == "jpeg"
            and min(self.width, self.height) > 0
            and self.channels in (1, 3)
            and self.precision == 8
        )
