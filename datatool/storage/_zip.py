"""Stored members of a zip; where their bytes begin only the local headers say."""

from __future__ import annotations

import struct
import zipfile
from typing import IO, Final, NamedTuple

from datatool.schemas import DatasetError
from datatool.storage._tar import Pread

_LOCAL: Final = struct.Struct("<4s22xHH")  # signature, ..., length of the name, length of the extra field
_SIGNATURE: Final = b"PK\3\4"
_ENCRYPTED: Final = 1


class ZipMember(NamedTuple):
    """A file of a zip; offset -1 where its bytes do not lie in it as they are, for the reason given."""

    name: str
    offset: int
    length: int
    reason: str


def read_zip(path: str, stream: IO[bytes], pread: Pread, size: int, /) -> tuple[list[ZipMember], int]:
    """Every file of a zip, and how many names came again, of which the last stands.

    Args:
        path: Of the zip, for messages.
        stream: The zip, open for reading.
        pread: Gives so many bytes at a place of it, as `os.pread`.
        size: Bytes of the zip.

    Raises:
        DatasetError: If it is damaged.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError, struct.error, UnicodeDecodeError) as error:
        raise DatasetError(f"a zip must be whole; got '{error}'", file=path, hint="copy or make it again") from None
    last = {info.filename: info for info in entries}
    by_place = sorted(last.values(), key=lambda info: info.header_offset)  # an object is read from front to back
    found = {info.filename: _member(info, path, pread, size) for info in by_place}
    return [found[name] for name in last], len(entries) - len(last)


def _member(info: zipfile.ZipInfo, path: str, pread: Pread, size: int) -> ZipMember:
    if info.flag_bits & _ENCRYPTED:
        return ZipMember(info.filename, -1, info.file_size, "encrypted")
    if info.compress_type != zipfile.ZIP_STORED:
        return ZipMember(info.filename, -1, info.file_size, "compressed")
    head = pread(_LOCAL.size, info.header_offset)
    if len(head) == _LOCAL.size:
        signature, name, extra = _LOCAL.unpack(head)
        start = info.header_offset + _LOCAL.size + name + extra
        if signature == _SIGNATURE and start + info.file_size <= size and info.file_size == info.compress_size:
            return ZipMember(info.filename, start, info.file_size, "")
    raise DatasetError(
        f"a zip must be whole; got a damaged header of '{info.filename}'", file=path, hint="copy or make it again"
    )
