"""One chunk of files to one table: the function that threads and Ray workers run alike."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from datatool.audit.images._hash import byte_hash, perceptual_hash, pixel_hash
from datatool.audit.images._strict import DamageError, OversizeError, full_pixels, look
from datatool.images import Header, UnreadableError, decode, read_header, with_end_marker
from datatool.storage import open_stream, signature

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

    rows = [measure(known, max_pixels=max_pixels) for known in files]
    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in COLUMNS.items()])
    return pa.Table.from_pylist(rows, schema=schema)


def pixel_chunk(files: Sequence[str], /) -> Any:
    """A table of ``file`` and ``pixels``, the pixel hash; null where the file changed meanwhile and fails."""
    import pyarrow as pa

    return pa.table({"file": pa.array(files, pa.string()), "pixels": pa.array(map(_pixels_of, files), pa.string())})


def measure(known: Known, /, *, max_pixels: int) -> dict[str, Any]:
    """Everything an audit wants to know of one file; never raises on what the file holds."""
    row: dict[str, Any] = {"file": known.file}
    try:
        state = signature(known.file)
        row |= state._asdict()
        if (known.size, known.mtime) == state:
            return row | {"code": UNCHANGED}
        return row | _read(known.file, max_pixels)
    except OSError as error:
        missing = error.errno in _ABSENT
        reason = "no such file" if missing else f"cannot be opened: {error.strerror}"
        return row | {"code": "E401" if missing else "E402", "reason": reason}
    except ValueError as error:  # a NUL in the path
        return row | {"code": "E401", "reason": f"cannot be a file name: {error}"}


def _read(file: str, max_pixels: int) -> dict[str, Any]:
    with open_stream(file) as stream:
        head = stream.read(_HEAD)
        header = read_header(head)
        refused = _too_large(header, max_pixels)
        if refused:
            digest = hashlib.blake2b(head, digest_size=16)
            while part := stream.read(1 << 20):
                digest.update(part)
            return refused | {"content": digest.hexdigest()}
        data = head + stream.readall() if len(head) == _HEAD else head
    row = {"content": byte_hash(data)}
    if not data:
        return row | {"code": "E402", "reason": "the file is empty"}
    header = read_header(data) if header.width == 0 else header
    return row | (_too_large(header, max_pixels) or _judge(data, header, max_pixels))


def _judge(data: bytes, header: Header, max_pixels: int) -> dict[str, Any]:
    """Strictly if it can be; else whether the loader, which is lenient, would still read it."""
    try:
        seen = look(data, header, max_pixels=max_pixels)
    except OversizeError as large:
        return _too_large(Header(*large.args), max_pixels) or {}
    except DamageError as damage:
        known = {"format": header.format or None, "width": header.width or None, "height": header.height or None}
        return known | _lenient(data, header, str(damage))
    key = pixel_hash(seen.thumb, mode=f"{seen.mode} {seen.width} {seen.height}")
    return {
        "format": seen.format,
        "mode": seen.mode,
        "width": seen.width,
        "height": seen.height,
        "key": key,
        "look": perceptual_hash(seen.thumb),
    }


def _lenient(data: bytes, header: Header, damage: str) -> dict[str, Any]:
    whole, repaired = with_end_marker(data)
    if not _loads(whole, header):
        return {"code": "E402", "reason": damage}
    return {"code": "W403", "reason": f"the end marker is missing: {damage}" if repaired else damage}


def _loads(data: bytes, header: Header) -> bool:
    """Whether the loader would make a picture of it."""
    import simplejpeg

    if header.format == "jpeg":
        try:  # asked first because it damages nobody's terminal: OpenCV prints each objection
            simplejpeg.decode_jpeg(data, strict=False, min_height=1, min_width=1)
        except ValueError:
            pass
        else:
            return True
    try:
        decode(data)
    except UnreadableError:
        return False
    return True


def _too_large(header: Header, max_pixels: int) -> dict[str, Any] | None:
    pixels = header.width * header.height
    if pixels <= max_pixels:
        return None
    reason = f"{header.width} x {header.height} = {pixels:,} pixels, more than {max_pixels:,}"
    return {
        "code": "E405",
        "reason": reason,
        "format": header.format,
        "width": header.width,
        "height": header.height,
    }


def _pixels_of(file: str) -> str | None:
    try:
        with open_stream(file) as stream:
            data = stream.readall()
        pixels, mode = full_pixels(data, read_header(data))
    except (OSError, DamageError):
        return None
    return pixel_hash(pixels, mode=mode)
