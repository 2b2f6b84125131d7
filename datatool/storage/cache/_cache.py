"""The byte cache of a machine: get and put, by all its processes."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.schemas import ConfigError, Span
from datatool.storage.cache._disk import budget_of, check_disk
from datatool.storage.cache._files import SLAB, CacheFiles
from datatool.storage.cache._sets import NEVER, entry, find, make_room, valid

_LOG: Final = logging.getLogger("datatool")
_LARGEST: Final = 4  # an image takes at most this part of a set
_open: dict[str, ByteCache] = {}  # locks are those of a process: it must not open the files twice
_lock = threading.Lock()
Key = tuple[int, int]


@dataclass(kw_only=True)
class CacheCounts:
    """What became of the images asked for."""

    hits: int = 0
    misses: int = 0
    kept: int = 0  # misses that were let in


class ByteCache:
    """Encoded images on a local disk, thrown out in the order in which a plan needs them last.

    Whatever is wrong with its disk switches it off, with one warning; training goes on without it.
    """

    def __init__(self, folder: Path, files: CacheFiles, /) -> None:
        self.counts = CacheCounts()
        self._folder = folder
        self._files: CacheFiles | None = files
        self._counting = threading.Lock()

    def key_of(self, span: Span | None, url: str, /) -> Key:
        """What tells an image, its ETag included.

        A plan holds no ETag of a whole object, so that its bytes are good only until no process has the cache open.
        """
        files = self._files
        session = "" if files is None else str(files.session)
        name = (url, session) if span is None else (*map(str, span.container), str(span.offset), str(span.length))
        digest = hashlib.blake2b("\0".join(name).encode("utf-8", "surrogateescape"), digest_size=16).digest()
        return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")

    def get(self, key: Key, /, *, next_use: int, plan: int) -> bytes | None:
        """The bytes of an image; None where they are not there, or not as they were written.

        Args:
            key: `key_of` the image.
            next_use: When it is needed again after this.
            plan: Whose positions that counts.
        """
        files = self._files
        if files is None:
            return None
        try:
            found = self._read(files, key, next_use, plan)
        except OSError as error:
            self._off(error)
            return None
        with self._counting:
            self.counts.hits += found is not None
            self.counts.misses += found is None
        return found

    def put(self, key: Key, data: bytes, /, *, next_use: int, now: int, plan: int) -> None:
        """Keep an image if it is needed sooner than what it would push out.

        Args:
            key: `key_of` the image.
            data: Its bytes.
            next_use: When it is needed again.
            now: The position that is drawn.
            plan: Whose positions both are.
        """
        files = self._files
        if files is None or next_use == NEVER or not 0 < len(data) <= files.region_bytes // _LARGEST:
            return
        try:
            kept = self._write(files, key, data, next_use, now, plan)
        except OSError as error:
            self._off(error)
            return
        with self._counting:
            self.counts.kept += kept

    def _read(self, files: CacheFiles, key: Key, next_use: int, plan: int) -> bytes | None:
        number = key[0] % files.num_sets
        low, high = files.region(number)
        with files.locked(number) as entries:
            slot = find(entries, key)
            if slot < 0:
                return None
            one = entries[slot : slot + 1]
            offset, length, crc = (int(one[name][0]) for name in ("offset", "length", "crc"))
            data = files.read(offset, length) if valid(one, low, high)[0] else b""
            is_well = len(data) == length > 0 and zlib.crc32(data) == crc
            moved = entry(key, offset=offset, length=length, crc=crc, next_use=next_use, plan=plan)
            files.set_entry(number, slot, moved if is_well else None)
        return data if is_well else None

    def _write(self, files: CacheFiles, key: Key, data: bytes, next_use: int, now: int, plan: int) -> bool:
        number = key[0] % files.num_sets
        low, high = files.region(number)
        crc = zlib.crc32(data)
        with files.locked(number) as entries:
            if find(entries, key) >= 0:  # another process was faster
                return False
            room = make_room(entries, low, high, length=len(data), next_use=next_use, now=now, plan=plan)
            if room is None:
                return False
            for victim in room.victims:
                files.set_entry(number, victim, None)
            files.write(data, room.offset)
            made = entry(key, offset=room.offset, length=len(data), crc=crc, next_use=next_use, plan=plan)
            files.set_entry(number, room.slot, made)
        return True

    def _off(self, error: OSError) -> None:
        with _lock:
            files, self._files = self._files, None
        if files is not None:
            _warn(self._folder, error)


def open_cache(folder: str | os.PathLike[str], /, *, budget: int | None) -> ByteCache | None:
    """The cache in a folder, which is made; None, with a warning, where its disk has no room.

    Args:
        folder: On a disk of this machine.
        budget: Bytes; None is half of what is free.

    Raises:
        ConfigError: If the folder is on a network file system, or is none.
    """
    path = Path(os.path.realpath(folder))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise ConfigError(f"storage_cache must be a folder; got the file '{folder}'") from None
    except OSError as error:
        raise ConfigError(f"storage_cache must be a folder to write to; got '{folder}': {error.strerror}") from None
    check_disk(path)
    with _lock:
        found = _open.get(str(path))
        if found is not None:
            return found
        try:
            slab = path / SLAB
            held = slab.stat().st_size if slab.exists() else 0
            made = ByteCache(path, CacheFiles(path, budget_of(path, budget, held)))
        except OSError as error:
            _warn(path, error)
            return None
        _open[str(path)] = made  # for as long as the process lives
    return made


def _forget() -> None:
    _open.clear()  # locks are the parent's


os.register_at_fork(after_in_child=_forget)


def _warn(folder: Path, error: OSError) -> None:
    _LOG.warning("the storage cache in '%s' is off: %s", folder, error.strerror or error)
