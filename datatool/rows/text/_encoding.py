"""Text in other encodings than UTF-8, told for certain and read as UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import IO, Any, Final

SAMPLE: Final = 1 << 12  # bytes that tell
_MARKS: Final = (  # longer ones first: UTF-32 begins as UTF-16 does
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
    (b"\x84\x31\x95\x33", "GB18030"),
)
_ZEROS: Final = ("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE")
_LEAST_ASCII: Final = 0.2  # of the characters: separators, digits and extensions of paths in any language


def encoding_of(head: bytes, /) -> str | None:
    """The encoding that a byte order mark or zero bytes tell, as `iconv` calls it; None for UTF-8 or what is unclear.

    >>> encoding_of("a.jpg 0".encode("utf-16")), encoding_of("a.jpg 0".encode("utf-16-be")), encoding_of(b"a.jpg 0")
    ('UTF-16', 'UTF-16BE', None)
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" not in head:
        return None
    return next((name for name in _ZEROS if _is_text(head, name)), None)


def _is_text(head: bytes, encoding: str) -> bool:
    width = 4 if "32" in encoding else 2
    try:
        text = head[: len(head) // width * width].decode(encoding)
    except UnicodeDecodeError:
        return False
    plain = sum(mark.isascii() for mark in text)
    return plain >= _LEAST_ASCII * len(text) and not any(mark < " " and mark not in "\t\r\n" for mark in text)


class Recoded(io.RawIOBase):
    """Bytes of another encoding as UTF-8; a broken character becomes a byte that is not UTF-8, which its line shows."""

    def __init__(self, stream: IO[bytes], encoding: str, /) -> None:
        self._stream = stream
        self._decoder: Any = codecs.getincrementaldecoder(encoding)("surrogatepass" if "UTF" in encoding else "replace")
        self._held = b""
        self._ended = False

    def readable(self) -> bool:
        """True: it is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, see `io.RawIOBase`."""
        while not self._held and not self._ended:
            data = self._stream.read(1 << 16)
            self._ended = not data
            self._held = self._decode(data)
        taken = self._held[: len(buffer)]
        buffer[: len(taken)] = taken
        self._held = self._held[len(taken) :]
        return len(taken)

    def _decode(self, data: bytes) -> bytes:
        try:
            text: str = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:  # a character is cut off at the end, or is none
            self._decoder.reset()
            return b"\xff"
        return text.encode(errors="surrogatepass").removeprefix(b"\xef\xbb\xbf") if text else b""
