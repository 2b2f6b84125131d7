"""One chunk of files to one table: the function that threads and Ray workers run alike."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from datatool.audit.images._hash import byte_hash, perceptual_hash, pixel_hash
from datatool.audit.images._strict import DamageError, full_pixels, look
from datatool.images import (
    Header,
    TooLargeError,
    UnreadableError,
    check_header,
    decodes,
    inspect,
    max_bytes,
    read_header,
    with_end_marker,
)
from datatool.storage import Signature, StorageError, each_ahead, is_remote, loaded, open_stream, signature

_HEAD: Final = 1 << 16  # bytes; the size stands here in all but odd files
_ABSENT: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})

# Arrow type of each column; a file without a finding has no code.
COLUMNS: Final = {
    "file": "string",  # absolute
    "size": "int64",  # bytes
    "mtime": "int64",  # nanoseconds
    "code": "string",  # E401, E402, W403 or E405
    "reason": "string",
    "format": "string",  # jpeg, png, ...
    "mode": "string",  # as Pillow names it
    "width": "int32",  # pixels, as stored
    "height": "int32",
    "content": "string",  # BLAKE2b of the bytes
    "key": "string",  # equal for equal pixels of one format; the pixel hash of such files decides
    "look": "int64",  # perceptual hash
}
UNCHANGED: Final = "unchanged"  # in place of a code: the earlier measurement stands


class Known(NamedTuple):
    """A file to measure and what an earlier run saw of it; size -1 if nothing."""

    file: str
    size: int = -1
    mtime: int = -1


def measure_chunk(files: Sequence[Known], /, *, max_pixels: int) -> Any:
    """A table of `COLUMNS`, one row per file, in order."""
    import pyarrow as pa

    rows = [measure(known, max_pixels=max_pixels) for known in _asked_ahead(files, max_pixels)]
    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in COLUMNS.items()])
    return pa.Table.from_pylist(rows, schema=schema)


def _asked_ahead(files: Sequence[Known], max_pixels: int) -> Iterable[Known]:
    """The same files; objects come with their state, and with their bytes where an earlier run saw another."""
    if not any(is_remote(known.file) for known in files):
        return files

    def asked(known: Known) -> Known:
        file = loaded(known.file, unless=Signature(known.size, known.mtime), max_bytes=max_bytes(max_pixels))
        return known._replace(file=file)

    return each_ahead(asked, files)


def pixel_chunk(files: Sequence[str], /, *, max_pixels: int) -> Any:
    """A table of ``file`` and ``pixels``, the pixel hash; null where the file changed meanwhile and fails."""
    import pyarrow as pa

    hashes = [_pixels_of(file, max_pixels) for file in files]
    return pa.table({"file": pa.array(files, pa.string()), "pixels": pa.array(hashes, pa.string())})


def measure(known: Known, /, *, max_pixels: int) -> dict[str, Any]:
    """Everything an audit wants to know of one file; never raises on what the file holds."""
    row: dict[str, Any] = {"file": known.file}
    try:
        state = signature(known.file)
    except OSError as error:
        return row | _unopened(error)
    except ValueError as error:  # a NUL in the path
        return row | {"code": "E401", "reason": f"cannot be a file name: {error}"}
    row |= state._asdict()
    if (known.size, known.mtime) == state:
        return row | {"code": UNCHANGED}
    try:
        return row | _read(known.file, state.size, max_pixels)
    except OSError as error:
        return row | _unopened(error)
    except StorageError as error:
        return row | {"code": "E402", "reason": str(error)}


def _unopened(error: OSError) -> dict[str, Any]:
    missing = error.errno in _ABSENT
    reason = "no such file" if missing else f"cannot be opened: {error.strerror}"
    return {"code": "E401" if missing else "E402", "reason": reason}


def _read(file: str, size: int, max_pixels: int) -> dict[str, Any]:
    with open_stream(file) as stream:
        head = stream.read(_HEAD)
        header = read_header(head)
        refused = _too_large(header, max_pixels) if header.pixels > max_pixels else None
        if size > max_bytes(max_pixels):
            refused = {"code": "E405", "reason": f"it has {size:,} bytes, more than a picture of max_pixels needs"}
        if refused is not None:
            digest = hashlib.blake2b(head, digest_size=16)
            while part := stream.read(1 << 20):
                digest.update(part)
            return refused | {"content": digest.hexdigest()}
        data = head + stream.readall() if len(head) == _HEAD else head
    if len(data) > len(head):
        header = read_header(data)
    return {"content": byte_hash(data)} | _judge(data, header, max_pixels)


def _judge(data: bytes, header: Header, max_pixels: int) -> dict[str, Any]:
    """Refused from its header as the engines do; else strictly if it can be, else whether the engines still read it."""
    try:
        check_header(header, data, max_pixels=max_pixels)
    except TooLargeError:
        return _too_large(header, max_pixels)
    except UnreadableError as error:
        return {"code": "E402", "reason": str(error)}
    known = {"format": header.format, "width": header.width, "height": header.height}
    try:
        seen = look(data, header)
    except (DamageError, UnreadableError) as damage:
        whole, repaired = with_end_marker(data)
        if not decodes(whole, header):
            return known | {"code": "E402", "reason": str(damage)}
        return known | {"code": "W403", "reason": f"the end marker is missing: {damage}" if repaired else str(damage)}
    if not header.scalable and not decodes(data, header):
        return known | {
            "code": "E402",
            "reason": f"no engine decodes a {header.format} picture of this kind ({seen.mode})",
        }
    return {
        "format": seen.format,
        "mode": seen.mode,
        "width": seen.width,
        "height": seen.height,
        "key": pixel_hash(seen.thumb, mode=f"{seen.mode} {seen.width} {seen.height}"),
        "look": perceptual_hash(seen.thumb),
    }


def _too_large(header: Header, max_pixels: int) -> dict[str, Any]:
    pixels = header.width * header.height
    said = f"{header.width} x {header.height} = {pixels:,} pixels"
    if pixels <= max_pixels:
        said = f"its parts take the memory of {header.pixels:,} pixels"
    return {
        "code": "E405",
        "reason": f"{said}, more than {max_pixels:,}",
        "format": header.format,
        "width": header.width,
        "height": header.height,
    }


def _pixels_of(file: str, max_pixels: int) -> str | None:
    try:
        with open_stream(file) as stream:
            data = stream.readall()
        pixels, mode = full_pixels(data, inspect(data, max_pixels=max_pixels))
    except (OSError, StorageError, DamageError, UnreadableError):
        return None
    return pixel_hash(pixels, mode=mode)
