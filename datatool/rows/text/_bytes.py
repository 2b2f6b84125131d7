"""Bytes of a list as blocks of whole lines: plain or gzip."""

from __future__ import annotations

import contextlib
import io
import itertools
import zlib
from collections.abc import Iterator, Sequence
from gzip import BadGzipFile
from pathlib import Path
from typing import IO, Final, cast

from datatool.rows.text._encoding import SAMPLE, Recoded, encoding_of
from datatool.schemas import DatasetError

BLOCK: Final = 1 << 20  # the arrays made from a block stay in cache: 512 KiB to 1 MiB measured fastest
MAX_LINE: Final = 64 << 20
_LAST: Final = 1 << 12  # bytes in which the last line end of a block is looked for
UTF8_BOM: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"


@contextlib.contextmanager
def open_bytes(path: Path, /, *, what: str = "list") -> Iterator[IO[bytes]]:
    """Open a plain or gzip file, told apart by its first bytes; text in another encoding comes as UTF-8.

    Args:
        path: The file.
        what: What messages call it.

    Raises:
        DatasetError: If it is not there, is no file, or its gzip stream is torn.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            if not packed:
                yield _as_utf8(cast("IO[bytes]", file))
                return
            import gzip

            with gzip.open(file) as unpacked:
                yield _as_utf8(cast("IO[bytes]", unpacked))
    except (EOFError, zlib.error, BadGzipFile) as error:
        raise DatasetError(f"gzip file must be whole; got '{error}'", file=path) from None
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise DatasetError(f"{what} must be a readable file; got '{error.strerror}'", file=path) from None


def _as_utf8(stream: IO[bytes]) -> IO[bytes]:
    encoding = encoding_of(stream.read(SAMPLE))
    stream.seek(0)
    return stream if encoding is None else cast("IO[bytes]", io.BufferedReader(Recoded(stream, encoding)))


def text_encoding(path: Path, /) -> str | None:
    """The encoding of a plain or gzip file where it is not UTF-8, as `encoding_of` tells it."""
    import gzip

    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head.startswith(_GZIP):
        with gzip.open(path) as unpacked:
            head = unpacked.read(SAMPLE)
    return encoding_of(head)


def line_blocks(stream: IO[bytes], /, *, file: object, size: int = BLOCK) -> Iterator[bytes]:
    """Blocks that end with a line end; the last line gets one where it has none.

    Raises:
        DatasetError: If a line is longer than `MAX_LINE`.
    """
    rest: list[bytes] = []
    held = 0
    while data := _read(stream, size):
        cut = data.rfind(b"\n") + 1
        if not cut:
            rest.append(data)
            held += len(data)
            if held > MAX_LINE:
                raise DatasetError(f"line must be at most {MAX_LINE >> 20} MiB; got a longer one", file=file)
            continue
        yield b"".join([*rest, memoryview(data)[:cut]]) if rest else data[:cut]
        rest = [data[cut:]] if cut < len(data) else []
        held = len(data) - cut
    if rest:
        yield b"".join([*rest, b"\n"])


def _read(stream: IO[bytes], size: int) -> bytes:
    """The next bytes; of a plain file those up to the last line end in reach, so that nothing of them is copied."""
    if not isinstance(stream, io.BufferedReader) or not isinstance(stream.raw, io.FileIO) or not stream.seekable():
        return stream.read(size)
    last = min(size, _LAST)
    place = stream.tell()
    stream.seek(place + size - last)
    tail = stream.read(last)
    cut = tail.rfind(b"\n") + 1
    stream.seek(place)
    return stream.read(size - last + cut if len(tail) == last and cut else size)


def lines_below(blocks: Iterator[bytes], skipped: int, /) -> Iterator[bytes]:
    """Blocks without the byte order mark and without the first lines."""
    first = next(blocks, b"")
    for data in itertools.chain([first.removeprefix(UTF8_BOM)], blocks):
        lines = min(skipped, data.count(b"\n")) if skipped else 0
        skipped -= lines
        if below := without_lines(data, lines):
            yield below


def without_lines(data: bytes, count: int, /) -> bytes:
    """What follows the first lines of a block."""
    at = 0
    for _ in range(count):
        at = data.index(b"\n", at) + 1
    return data[at:]


class LineFinder:
    """Texts of single lines, found in one walk through a file.

    Args:
        blocks: Of whole lines, from the first on.
    """

    def __init__(self, blocks: Iterator[bytes], /) -> None:
        self._blocks = blocks
        self._first = 1  # line of the lines at hand
        self._lines: list[bytes] = []

    def __call__(self, lines: Sequence[int], /) -> list[str]:
        """The lines with these numbers, which ascend over all calls."""
        return [self._line(line) for line in lines]

    def _line(self, line: int) -> str:
        while line >= self._first + len(self._lines):
            self._first += len(self._lines)
            data = next(self._blocks, b"")
            if not data:
                return ""
            self._lines = data.removeprefix(UTF8_BOM).split(b"\n")[:-1]
        return self._lines[line - self._first].removesuffix(b"\r").decode(errors="backslashreplace")
