"""Members of a plain tar, found by hopping from header to header.

Formats: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import DatasetError

Pread = Callable[[int, int], bytes]
"""(bytes, place) -> the bytes, fewer at the end."""
BLOCK: Final = 512
_ZEROS: Final = bytes(BLOCK)
_ZERO_READ: Final = 1 << 16  # bytes read at a time behind an end marker
_CHECKED: Final = 8192  # headers whose sums are taken at once
_MAX_NAME: Final = 1 << 20  # bytes of a long name or of extended headers
_EXTENDED: Final = frozenset((b"L", b"K", b"x", b"g", b"X"))
_FILES: Final = (b"0", b"\0", b"7")
_LINKS: Final = (b"1", b"2")
_IGNORED: Final = (b"3", b"4", b"5", b"6", b"V")  # devices, folders, pipes and labels of volumes
_IN_PIECES: Final = {b"S": "sparse file", b"M": "part of another volume"}
_SUM: Final = slice(148, 156)


class InPiecesError(DatasetError):
    """A tar holds files whose bytes do not lie in it in one piece."""


@dataclass(kw_only=True)
class TarMembers:
    """Files of a tar in the order of their bytes; of a name that comes again, the last.

    Attributes:
        names: As written, bytes that are not UTF-8 as surrogates.
        offsets: Bytes from the beginning of the tar.
        lengths: Bytes.
        notes: What was left out or merged -> how often, with the first name.
    """

    names: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    notes: dict[str, tuple[int, str]] = field(default_factory=dict)


def is_tar_header(head: bytes, /) -> bool:
    """Whether 512 bytes are the first of a tar that holds anything; the oldest tars have no magic."""
    if len(head) < BLOCK:
        return False
    fields = np.frombuffer(head, np.uint8)[None, _SUM]
    total = sum(head) - int(fields.sum()) + 8 * ord(" ")
    return head[257:262] == b"ustar" or int(_sums(fields)[0]) == total


def read_tar(
    pread: Pread, size: int, /, *, file: str, seen: Callable[[str, int, int], None] | None = None
) -> TarMembers:
    """Find every file of a plain tar: ustar, GNU and pax names, large sizes, links, concatenated archives.

    Args:
        pread: Gives so many bytes at a place, as `os.pread`.
        size: Bytes of the tar.
        file: For messages.
        seen: Told the name, offset and length of each file as its header is read: its bytes come next.

    Raises:
        DatasetError: If the tar is damaged, cut short or without its end marker, or has members that have no place of
            their own in it (sparse files, parts of several volumes).
    """
    return _Walk(pread, size, file, seen).run()


class _Walk:
    def __init__(self, pread: Pread, size: int, file: str, seen: Callable[[str, int, int], None] | None) -> None:
        self._pread = pread
        self._seen = seen
        self._size = size
        self._file = file
        self._found = TarMembers()
        self._last: dict[str, int] = {}  # name -> its place in the lists
        self._links: list[tuple[str, str]] = []  # symbolic ones, whose targets may come later
        self._heads: list[bytes] = []
        self._head_places: list[int] = []
        self._global: dict[str, str] = {}
        self._next: dict[str, str] = {}  # what extended headers say of the next member

    def run(self) -> TarMembers:
        pread, at, ended = self._pread, 0, False
        while at < self._size:
            head = pread(BLOCK, at)
            if len(head) < BLOCK:
                raise self._error("must be whole; got one that is cut", at)
            if head == _ZEROS:
                at, ended = self._behind_zeros(at), True
                continue
            ended = False
            self._heads.append(head)
            self._head_places.append(at)
            if len(self._heads) == _CHECKED:
                self._check_sums()
            at = self._member(head, at)
        self._check_sums()
        if not ended:
            raise self._error("must have its end marker, two blocks of zeros; got none", self._size)
        self._follow_links()
        return self._without_repeats()

    def _member(self, head: bytes, at: int) -> int:
        """Take one header in; returns where the next one stands."""
        written, size = self._parsed(head, at)
        kind, start = head[156:157], at + BLOCK
        if kind in _EXTENDED:
            self._extend(kind, self._small(start, size), start)
            return start + _blocks(size)
        told = {**self._global, **self._next} if self._global or self._next else {}
        if self._next:
            self._next = {}
        name = told.get("path") or _text(written)
        if told and ("size" in told or any(key.startswith("GNU.sparse") for key in told)):
            size = self._told_size(told, name, at)
        if kind in _IN_PIECES:
            self._refuse(kind, name, start)
        if kind in _LINKS:
            self._link(kind, name, told.get("linkpath") or _text(head[157:257].partition(b"\0")[0]))
            return start  # a link has no bytes, whatever its size says
        if start + size > self._size:
            raise self._error(f"must be whole; got one that is cut inside '{name}'", start)
        if kind in _FILES and not name.endswith("/"):
            self._add(name, start, size)
        elif kind not in _IGNORED and kind not in _FILES:
            self._note("members of unknown kinds, left out", name)
        return start + _blocks(size)

    def _parsed(self, head: bytes, at: int) -> tuple[bytes, int]:
        """The name and the size that a header states."""
        name = head[:100].partition(b"\0")[0]
        if head[257:263] == b"ustar\0" and head[345]:
            name = head[345:500].partition(b"\0")[0] + b"/" + name
        try:
            size = _number(head[124:136])
        except ValueError:
            size = -1
        if size < 0:
            self._check_sums()
            raise self._error("must have sound headers; got one without a size", at)
        return name, size

    def _extend(self, kind: bytes, data: bytes, at: int) -> None:
        if kind == b"L":
            self._next["path"] = _text(data.partition(b"\0")[0])
        elif kind == b"K":
            self._next["linkpath"] = _text(data.partition(b"\0")[0])
        else:
            try:
                records = _records(data)
            except ValueError:
                raise self._error("must have sound extended headers; got others", at) from None
            (self._global if kind == b"g" else self._next).update(records)

    def _small(self, start: int, size: int) -> bytes:
        data = self._pread(size, start) if size <= _MAX_NAME else b""
        if len(data) != size:
            raise self._error("must be whole; got a name that is cut", start)
        return data

    def _told_size(self, told: dict[str, str], name: str, at: int) -> int:
        if any(key.startswith("GNU.sparse") for key in told):
            self._refuse(b"S", name, at)
        try:
            return int(told["size"])
        except ValueError:
            raise self._error("must have sound extended headers; got a size that is none", at) from None

    def _refuse(self, kind: bytes, name: str, at: int) -> NoReturn:
        self._check_sums()
        raise self._error(f"must hold each file in one piece; got the {_IN_PIECES[kind]} '{name}'", at, pack=True)

    def _link(self, kind: bytes, name: str, target: str) -> None:
        if kind == b"2":
            self._links.append((name, posixpath.normpath(posixpath.join(posixpath.dirname(name), target))))
        elif (place := self._last.get(target)) is not None:
            self._add(name, self._found.offsets[place], self._found.lengths[place])
        else:
            self._note("links to what is not in the archive, left out", name)

    def _follow_links(self) -> None:
        by_name = {posixpath.normpath(name): place for name, place in self._last.items()} if self._links else {}
        for name, target in self._links:
            if (place := by_name.get(target)) is not None:
                self._add(name, self._found.offsets[place], self._found.lengths[place])
            else:
                self._note("links to what is not in the archive, left out", name)

    def _add(self, name: str, start: int, size: int) -> None:
        found = self._found
        self._last[name] = len(found.names)
        found.names.append(name)
        found.offsets.append(start)
        found.lengths.append(size)
        if self._seen is not None:
            self._seen(name, start, size)

    def _without_repeats(self) -> TarMembers:
        found = self._found
        if len(self._last) < len(found.names):
            kept = sorted(self._last.values())
            for place in sorted(set(range(len(found.names))).difference(kept)):
                self._note("names that come again, of which the last stands", found.names[place])
            for name in ("names", "offsets", "lengths"):
                values = getattr(found, name)
                setattr(found, name, [values[place] for place in kept])
        return found

    def _note(self, reason: str, name: str) -> None:
        count, first = self._found.notes.get(reason, (0, name))
        self._found.notes[reason] = count + 1, first

    def _behind_zeros(self, at: int) -> int:
        """Where the next archive begins, of several one behind the other, or the size."""
        while at < self._size:
            data = self._pread(_ZERO_READ, at)
            rest = data.lstrip(b"\0")
            if rest:
                return (at + len(data) - len(rest)) // BLOCK * BLOCK
            if not data:
                break
            at += len(data)
        return self._size

    def _check_sums(self) -> None:
        """Compare the sum of every header since the last check, as unsigned or signed bytes."""
        if not self._heads:
            return
        blocks = np.frombuffer(b"".join(self._heads), np.uint8).reshape(-1, BLOCK)
        field_ = blocks[:, _SUM]
        blanks = 8 * ord(" ") - field_.sum(axis=1, dtype=np.int64)  # the sum counts as blanks where it stands
        said = _sums(field_)
        wrong = np.flatnonzero(said != blocks.sum(axis=1, dtype=np.int64) + blanks)
        if len(wrong):  # of signed bytes, as some old programs take it
            blanks = 8 * ord(" ") - field_.view(np.int8).sum(axis=1, dtype=np.int64)
            signed = blocks.view(np.int8).sum(axis=1, dtype=np.int64) + blanks
            wrong = wrong[said[wrong] != signed[wrong]]
        places, self._heads, self._head_places = self._head_places, [], []
        if len(wrong):
            raise self._error("must have sound headers; got one whose sum is wrong", places[int(wrong[0])])

    def _error(self, message: str, at: int, *, pack: bool = False) -> DatasetError:
        message = f"a tar {message} at byte {at:,}"
        if pack:
            return InPiecesError(message, file=self._file, hint=f"datatool pack {shlex.quote(self._file)} -o DIR")
        return DatasetError(message, file=self._file, hint="copy or make the tar again")


def _sums(fields: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Octal numbers of (N, 8) bytes; -1 where there is none. Six digits, a zero and a blank are the rule."""
    digits = fields[:, :6].astype(np.int64) - ord("0")
    sums: NDArray[np.int64] = digits @ (8 ** np.arange(5, -1, -1))
    odd = ((digits < 0) | (digits > 7)).any(axis=1) | ~np.isin(fields[:, 6:], (0, ord(" "))).all(axis=1)
    for place in np.flatnonzero(odd).tolist():
        try:
            sums[place] = int(fields[place].tobytes().strip(b" \0"), 8)
        except ValueError:
            sums[place] = -1
    return sums


def _number(field_: bytes) -> int:
    """A number in octal digits, or in binary where the first bit is set."""
    if field_[0] & 0x80:
        if field_[0] != 0x80:
            raise ValueError("a negative number")
        return int.from_bytes(field_[1:], "big")
    return int(field_.strip(b" \0") or b"0", 8)


def _records(data: bytes) -> dict[str, str]:
    """`length key=value` records of an extended header."""
    found = {}
    while data.strip(b"\0"):
        length, blank, _ = data.partition(b" ")
        end = int(length)
        if not blank or end <= len(length) + 1 or end > len(data) or data[end - 1 : end] != b"\n":
            raise ValueError("a record")
        key, equals, value = data[len(length) + 1 : end - 1].partition(b"=")
        if not equals:
            raise ValueError("a record")
        found[_text(key)] = _text(value)
        data = data[end:]
    return found


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
