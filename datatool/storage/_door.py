"""The door: one function for each thing that is asked of an image, wherever its bytes are."""

from __future__ import annotations

import errno
import io
import os
import stat
from typing import Final

from datatool.schemas import DatasetError, Span, is_url
from datatool.storage._ahead import Fetched, Loaded, object_signature
from datatool.storage._handles import read_span
from datatool.storage._local import open_file, read_file
from datatool.storage._locator import Locator, Member
from datatool.storage._members import is_container, members_of
from datatool.storage._remote_places import remote_span
from datatool.storage._streams import ByteStream, Signature, StorageError
from datatool.storage._table_rows import TableRow, find_row, place_of, row_bytes
from datatool.storage.remote import head_of, object_bytes

_ASKED_FOR: Final = (Fetched, Loaded)
_AT_ONCE: Final = 32 << 20  # bytes of an object that one request brings; larger ones are read as they are needed


def exists(locator: Locator, /) -> bool:
    """Whether something is there; a name that no file can have is not.

    Raises:
        RemoteError: If a store refuses to say.
    """
    if is_url(locator):
        return _is_object(locator)
    return (not isinstance(locator, Member) and os.path.exists(locator)) or _is_member(locator)


def is_file(locator: Locator, /) -> bool:
    """Whether an ordinary file or object is there, a member, or a row of a table with an image.

    Raises:
        RemoteError: If a store refuses to say.
    """
    if is_url(locator):
        return _is_object(locator)
    return (not isinstance(locator, Member) and os.path.isfile(locator)) or _is_member(locator)


def signature(locator: Locator, /) -> Signature:
    """Size and modification time; of a member, those of its bytes and of its container.

    Raises:
        OSError: If it cannot be stat'ed.
        ValueError: If no file can have such a name.
        RemoteError: If a store refuses.
    """
    if is_url(locator):
        return _object_signature(locator)
    if not isinstance(locator, Member):
        try:
            found = os.stat(locator)
        except NotADirectoryError:
            pass
        else:
            return Signature(found.st_size, found.st_mtime_ns)
    inside = _inside(locator)
    if isinstance(inside, TableRow):
        return Signature(len(row_bytes(inside)), inside.mtime)
    return Signature(inside.length, inside.container.mtime)


def open_stream(locator: Locator, /) -> ByteStream:
    """Open for reading in parts, unbuffered.

    Raises:
        OSError: If it cannot be opened.
        StorageError: If it is a pipe or a device.
        LoaderError: If its container changed, or a store refuses.
    """
    if is_url(locator):
        return _open_object(locator)
    if not isinstance(locator, Member):
        try:
            return open_file(locator)
        except NotADirectoryError:
            pass
    inside = _inside(locator)
    return _RowStream(row_bytes(inside)) if isinstance(inside, TableRow) else _SpanStream(inside)


def read_head(locator: Locator, size: int, /) -> bytes:
    """Up to ``size`` bytes from the beginning.

    Raises:
        OSError: If it cannot be read.
    """
    with open_stream(locator) as stream:
        return stream.read(size)


def read(locator: Locator, /, *, max_bytes: int) -> bytes:
    """Read a whole image.

    Raises:
        StorageError: If it is not there, is no file, cannot be read, or has more than ``max_bytes``.
        LoaderError: If its container changed, or a store refuses.
    """
    try:
        if type(locator) is Member:  # the way of every training over shards: as few calls as can be
            span = locator.span
            if span.length > max_bytes:
                _check_length(span.length, max_bytes)
            return read_span(span)
        if isinstance(locator, _ASKED_FOR):
            return _arrived(locator, max_bytes)
        if is_url(locator):
            return _read_object(locator, max_bytes)
        try:
            return read_file(locator, max_bytes=max_bytes)
        except NotADirectoryError:
            inside = _inside(locator)
        if isinstance(inside, TableRow):
            data = row_bytes(inside)
            _check_length(len(data), max_bytes)
            return data
        span = inside
        _check_length(span.length, max_bytes)
        return read_span(span)
    except OSError as error:
        raise StorageError(f"the system refused to read it: {error.strerror}") from None


def _arrived(locator: Fetched | Loaded, max_bytes: int) -> bytes:
    data = locator.data if isinstance(locator, Loaded) else locator.ticket.take()
    if data is None:  # it was taken before
        plain = locator.plain if isinstance(locator, Fetched) else str(locator)
        return read(plain, max_bytes=max_bytes)
    _check_length(len(data), max_bytes)
    return data


def _read_object(locator: Locator, max_bytes: int) -> bytes:
    span = remote_span(locator)
    if span is not None:
        _check_length(span.length, max_bytes)
        return read_span(span)
    found = object_bytes(locator, max_bytes=max_bytes)
    if found is None:
        _check_length(head_of(locator).size, max_bytes)
        raise StorageError("it changes while it is read")
    return found.data


def _is_object(locator: Locator) -> bool:
    """Whether a URL leads to an object or a member.

    Raises:
        RemoteError: If a store refuses to say.
        MissingDependencyError, LoaderError: If there is no client, or this process is a fork of one that used it.
    """
    try:
        if _member_span(locator) is None:
            head_of(locator)
    except (OSError, ValueError):
        return False
    except DatasetError:  # a container that cannot be read
        return False
    return True


def _member_span(locator: Locator) -> Span | None:
    return locator.span if isinstance(locator, Member) else remote_span(locator)


def _object_signature(locator: Locator) -> Signature:
    if isinstance(locator, Loaded) and locator.signature is not None:
        return locator.signature
    span = _member_span(locator)
    if span is not None:
        return Signature(span.length, span.container.mtime)
    return object_signature(locator)


def _open_object(locator: Locator) -> ByteStream:
    if isinstance(locator, Loaded) and locator.data is not None:
        return _RowStream(locator.data)
    span = _member_span(locator)
    if span is None:
        found = object_bytes(locator, max_bytes=_AT_ONCE)
        if found is not None:
            return _RowStream(found.data)
        state = head_of(locator)
        span = Span(state, 0, state.size)
    return _SpanStream(span)


def _check_length(length: int, max_bytes: int) -> None:
    if length > max_bytes:
        raise StorageError(f"it has {length:,} bytes, more than a picture of max_pixels needs")


class _RowStream(io.BytesIO):
    """The bytes of a row of a table, or of an object, in memory."""

    def readall(self) -> bytes:
        """All that is left."""
        return self.read()


class _SpanStream(io.RawIOBase):
    """A member, read from its beginning."""

    def __init__(self, span: Span) -> None:
        self._rest = span

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        container, offset, length = self._rest
        data = read_span(Span(container, offset, min(len(view), length)))
        view[: len(data)] = data
        self._rest = Span(container, offset + len(data), length - len(data))
        return len(data)


def _is_member(locator: Locator) -> bool:
    try:
        inside = _inside(locator)
    except (OSError, ValueError):
        return False
    return isinstance(inside, TableRow) or os.path.isfile(inside.container.path)


def _inside(locator: Locator) -> Span | TableRow:
    """What a locator names inside of a file.

    Raises:
        OSError: As `_span`.
    """
    try:
        return _span(locator)
    except NotADirectoryError:
        row = find_row(locator)
        if row is None:
            raise
        return place_of(row) or row


def _span(locator: Locator) -> Span:
    """The place of a member; of a plain text by the table of the container that it leads through.

    Raises:
        OSError: If it leads through no container, or there is no such member in it.
    """
    if isinstance(locator, Member):
        return locator.span
    end = len(locator)
    while (end := locator.rfind("/", 0, end)) > 0:
        try:
            mode = os.stat(locator[:end]).st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISREG(mode):
            try:
                span = members_of(locator[:end]).span(locator[end + 1 :])
            except DatasetError:
                if is_container(locator[:end]):
                    break
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(locator)) from None
            if span is not None:
                return span
        break
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(locator))
