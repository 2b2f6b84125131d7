"""Bytes of a list as blocks of whole lines: plain or gzip."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

from datatool.schemas import DatasetError

BLOCK: Final = 1 << 20  # the arrays made from a block stay in cache: 512 KiB to 1 MiB measured fastest
MAX_LINE: Final = 64 << 20
UTF8_BOM: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"


@contextlib.contextmanager
def open_bytes(path: Path, /) -> Iterator[IO[bytes]]:
    """Open a plain or gzip file, told apart by its first bytes.

    Raises:
        DatasetError: If it is not there, is no file, or its gzip stream is torn.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            if not packed:
                yield cast("IO[bytes]", file)
                return
            import gzip

            with gzip.open(file) as unpacked:
                yield cast("IO[bytes]", unpacked)
    except (EOFError, zlib.error) as error:
        raise DatasetError(f"gzip file must be whole; got '{error}'", file=path) from None
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise DatasetError(f"list must be a readable file; got '{error.strerror}'", file=path) from None


def line_blocks(stream: IO[bytes], /, *, file: object, size: int = BLOCK) -> Iterator[bytes]:
    """Blocks that end with a line end; the last line gets one where it has none.

    Raises:
        DatasetError: If a line is longer than `MAX_LINE`.
    """
    rest: list[bytes] = []
    held = 0
    while data := stream.read(size):
        cut = data.rfind(b"\n") + 1
        if not cut:
            rest.append(data)
            held += len(data)
            if held > MAX_LINE:
                raise DatasetError(f"line must be at most {MAX_LINE >> 20} MiB; got a longer one", file=file)
            continue
        yield b"".join([*rest, data[:cut]]) if rest else data[:cut]
        rest = [data[cut:]] if cut < len(data) else []
        held = len(data) - cut
    if rest:
        yield b"".join([*rest, b"\n"])
