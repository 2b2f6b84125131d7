"""Tables of members: which files a container holds, and where their bytes are."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import posixpath
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Container, DatasetError, Span, is_url
from datatool.storage._kept_tables import KeptTable, keep_table, load_table
from datatool.storage._manifest import ARROW, holds_manifest, is_manifest, read_manifest
from datatool.storage._source import SourceFile, opened_object
from datatool.storage._tar import BLOCK, Pread, is_tar_header, read_tar
from datatool.storage._zip import read_zip
from datatool.storage.remote import ObjectSource, is_container_name, state_of

_MOST_MEMBERS: Final = 2_000_000  # of the tables that are held: about 500 MB
_WORTH_KEEPING: Final = 10_000  # members: a tenth of a second
KEPT_FORMATS: Final = ("tar", "zip")  # a manifest is a table already
_KEPT_ENDINGS: Final = (".cls", ".txt", ".json")
_MOST_KEPT: Final = 64 << 10  # bytes of one such member
_MOST_KEPT_ALL: Final = 64 << 20
_ARROW_ENDING: Final = ".arrow"
_ZIP: Final = (b"PK\3\4", b"PK\5\6")
_COMPRESSED: Final = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "Zstandard"}
_held: OrderedDict[Container, Members] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True, eq=False)
class Members:
    """The files of one container, in the order of its own table.

    Attributes:
        format: ``tar``, ``zip`` or ``pack``.
        containers: Where the bytes are: the container itself, or the shards of a pack.
        names: N names, as the container has them.
        code: int32 (N,), which of ``containers``.
        offset: int64 (N,), bytes.
        length: int64 (N,), bytes.
        notes: What was left out or merged -> how often, with the first name.
        barred: (name, reason) of members left out, since their bytes do not lie in the container as they are.
        shrunk: How the pictures of a pack were made smaller than their files; empty where they were not.
        kept: Offset -> bytes of small members beside pictures, which came by while an object was read for its table.
    """

    format: str
    containers: tuple[Container, ...]
    names: list[str]
    code: NDArray[np.int32]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    notes: dict[str, tuple[int, str]] = field(default_factory=dict)
    barred: Sequence[tuple[str, str]] = ()
    shrunk: str = ""
    kept: Mapping[int, bytes] = field(default_factory=dict)

    def span(self, name: str, /) -> Span | None:
        """Where the bytes of a member are; None where there is none of that name."""
        place = self._places.get(name)
        if place is None:
            place = self._normal_places.get(_normal(name))
        return None if place is None else self.span_at(place)

    def span_at(self, place: int, /) -> Span:
        """The same for a place in the table."""
        return Span(self.containers[self.code[place]], int(self.offset[place]), int(self.length[place]))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def _normal_places(self) -> dict[str, int]:
        """By normal names, as a locator has them whose links were followed; those of two members are none."""
        names = [_normal(name) for name in self.names]
        repeated = {name for name, count in Counter(names).items() if count > 1}
        return {name: place for place, name in enumerate(names) if name not in repeated}


def _normal(name: str) -> str:
    return posixpath.normpath(name).lstrip("/")


def is_container(path: str | os.PathLike[str], /) -> bool:
    """Whether a file that is there is a tar, a zip or the manifest of a pack; of tars and zips on a bucket names tell.

    Raises:
        RemoteError: If a store refuses to say.
    """
    if is_url(path):
        return is_container_name(str(path)) or _is_remote_manifest(str(path))
    try:
        with open(path, "rb") as stream:
            head = stream.read(BLOCK)
    except OSError:
        return False
    return bool(format_of(head)) or (head.startswith(ARROW) and is_manifest(os.fspath(path)))


def _is_remote_manifest(url: str) -> bool:
    """Asks the store for what is named as Arrow files are, once while it is the same."""
    if not url.lower().endswith(_ARROW_ENDING):
        return False
    try:
        return _holds_manifest(container_of(url))
    except FileNotFoundError:
        return False


@functools.lru_cache(maxsize=1_000)
def _holds_manifest(container: Container) -> bool:
    with opened_object(container) as (pread, source):
        return pread(len(ARROW), 0) == ARROW and holds_manifest(source)


def format_of(head: bytes, /) -> str:
    """The format of a container from its first 512 bytes; nothing where it is none.

    >>> format_of(b"PK" + bytes((3, 4))), format_of(b"a.jpg 0")
    ('zip', '')
    """
    if head.startswith(_ZIP):
        return "zip"
    if is_tar_header(head):
        return "tar"
    return ""


def compression_of(head: bytes, /) -> str | None:
    """The name of the compression that a file begins with, if it is one."""
    return next((name for magic, name in _COMPRESSED.items() if head.startswith(magic)), None)


def members_of(path: str, /) -> Members:
    """The table of a container, held until it changes or others take the room.

    A large one, and any of an object, is also kept in the user's cache folder, where the next process finds it.

    Raises:
        OSError: If it cannot be read.
        DatasetError: If it is damaged, or no container.
    """
    container = container_of(path)
    with _lock:
        if (found := _held.get(container)) is not None:
            _held.move_to_end(container)
            return found
    found = _kept_or_read(container, least=0 if is_url(path) else _WORTH_KEEPING)
    with _lock:
        _held[container] = found
        while len(_held) > 1 and sum(len(members.names) for members in _held.values()) > _MOST_MEMBERS:
            _held.popitem(last=False)
    return found


def _kept_or_read(container: Container, *, least: int) -> Members:
    """The table that an earlier process kept, or one that is read now, and kept where it has so many members."""
    kept = load_table(container)
    if kept is not None:
        return _of_table(container, kept)
    found = _read(container)
    if len(found.names) >= least:
        keep_members(found)
    return found


def keep_members(members: Members, /) -> bool:
    """Keep the table of a container in the user's cache folder; returns whether that was possible, and made sense.

    Args:
        members: Found by this process, or by another.
    """
    if members.format not in KEPT_FORMATS:
        return False
    return keep_table(
        members.containers[0],
        KeptTable(
            format=members.format,
            names=members.names,
            offset=members.offset,
            length=members.length,
            notes=members.notes,
            barred=members.barred,
            kept=members.kept,
        ),
    )


def container_of(path: str, /) -> Container:
    """A container as it is now, by its absolute path; an object as this process saw it first.

    Raises:
        OSError: If it cannot be stat'ed.
        RemoteError: If its store refuses.
    """
    if is_url(path):
        return state_of(path)
    found = os.stat(path)
    return Container(os.path.abspath(path), found.st_size, found.st_mtime_ns)


def _read(container: Container) -> Members:
    if is_url(container.path):
        source = ObjectSource(container)
        try:
            return _read_from(container, source.pread, _Keeper(source.pread))
        finally:
            source.close()
    handle = os.open(container.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _read_from(container, functools.partial(os.pread, handle), None)
    finally:
        os.close(handle)


def _read_from(container: Container, pread: Pread, keeper: _Keeper | None) -> Members:
    head = pread(BLOCK, 0)
    kind = format_of(head)
    if kind == "tar" or head == bytes(BLOCK):  # one that holds nothing begins with its end marker
        return _tar_members(container, pread, keeper)
    if kind == "zip":
        return _zip_members(container, pread, keeper)
    if head.startswith(ARROW) and is_container(container.path):
        return _pack_members(container)
    how = compression_of(head)
    raise DatasetError(
        f"a container must be a plain tar or a zip; got {'another file' if how is None else how}", file=container.path
    )


class _Keeper:
    """Takes the bytes of labels along while an object is read for its table: each would be a request of its own."""

    def __init__(self, pread: Pread) -> None:
        self._pread = pread
        self._room = _MOST_KEPT_ALL
        self.kept: dict[int, bytes] = {}

    def __call__(self, name: str, offset: int, length: int) -> None:
        if length <= min(_MOST_KEPT, self._room) and name.lower().endswith(_KEPT_ENDINGS):
            self._room -= length
            self.kept[offset] = self._pread(length, offset)


def _tar_members(container: Container, pread: Pread, keeper: _Keeper | None) -> Members:
    found = read_tar(pread, container.size, file=container.path, seen=keeper)
    return _one_container(
        "tar", container, found.names, found.offsets, found.lengths, notes=found.notes, kept=_kept(keeper)
    )


def _kept(keeper: _Keeper | None) -> Mapping[int, bytes]:
    return {} if keeper is None else keeper.kept


def _zip_members(container: Container, pread: Pread, keeper: _Keeper | None) -> Members:
    stream = io.BufferedReader(SourceFile(pread, container.size), 1 << 16)
    found, repeats = read_zip(container.path, stream, pread, container.size)
    stored = [member for member in found if not member.reason]
    for member in sorted(stored, key=lambda one: one.offset) if keeper is not None else ():
        keeper(member.name, member.offset, member.length)  # type: ignore[misc]
    notes: dict[str, tuple[int, str]] = {}
    if repeats:
        notes["names that come again, of which the last stands"] = (repeats, "")
    return _one_container(
        "zip",
        container,
        [member.name for member in stored],
        [member.offset for member in stored],
        [member.length for member in stored],
        notes=notes,
        barred=[(member.name, member.reason) for member in found if member.reason],
        kept=_kept(keeper),
    )


def _pack_members(container: Container) -> Members:
    import pyarrow as pa

    path = container.path
    with opened_object(container) if is_url(path) else contextlib.nullcontext((None, pa.OSFile(path))) as (_, opened):
        found = read_manifest(path, opened=opened, state_of=container_of)
    return Members(
        format="pack",
        containers=tuple(found.containers),
        names=found.names,
        code=found.code,
        offset=found.offset,
        length=found.length,
        shrunk=found.shrunk,
    )


def _one_container(
    kind: str,
    container: Container,
    names: list[str],
    offsets: list[int],
    lengths: list[int],
    /,
    *,
    notes: dict[str, tuple[int, str]],
    barred: Sequence[tuple[str, str]] = (),
    kept: Mapping[int, bytes],
) -> Members:
    offset, length = np.array(offsets, np.int64), np.array(lengths, np.int64)
    return _of_table(container, KeptTable(kind, names, offset, length, notes, barred, kept))


def _of_table(container: Container, table: KeptTable) -> Members:
    return Members(containers=(container,), code=np.zeros(len(table.names), np.int32), **table._asdict())
