"""Outputs of a frozen prefix on disk: memory-mapped, keyed by everything that decides them, under a budget."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from datatool.models import Prefix, close
from datatool.progress import progress
from datatool.runs import log
from datatool.schemas import atomic_folder, remove_abandoned

FOLDER: Final = ".features"  # in the output folder: runs with the same frozen part and data share it
_ARRAY: Final = "features.npy"
_DONE: Final = "done.json"
_COMPARED: Final = 8  # pictures of the first batch: of other code all differ
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# Places of the store, images of them (N, 3, S, S), and whether the file of each could be read. A place that comes
# again has its last image.
Pictures = Generator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]], None, None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Computed features.

    Attributes:
        array: float32 (places, *shape), memory-mapped.
        readable: bool (places,), False where the place's own file gave no picture.
    """

    array: NDArray[np.float32]
    readable: NDArray[np.bool_]


def store_key(**parts: Any) -> str:
    """Digest of plain values.

    >>> store_key(a=1) == store_key(a=1), store_key(a=1) == store_key(a=2)
    (True, False)
    """
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class FeatureStores:
    """The stores of an output folder, as one stage uses them.

    Args:
        output: The output folder of runs.
        prefix: What makes features of pictures.
        budget: Bytes that all stores together may take; the longest unused are removed, those of the stage never.
    """

    def __init__(self, output: Path, prefix: Prefix, /, *, budget: int) -> None:
        self._home = output / FOLDER
        self._prefix = prefix
        self._budget = budget
        self._in_use: set[str] = set()
        remove_abandoned(self._home)

    def open(
        self,
        key: str,
        /,
        *,
        num_places: int,
        pictures: Callable[[], Pictures],
        compared: bool = True,
        beside: Mapping[str, NDArray[Any]] | None = None,
        run: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None,
    ) -> Features | None:
        """Features under ``key``: read if they are there, else computed and kept; None, logged, where there is no room.

        Args:
            key: From `store_key`.
            num_places: Rows of features.
            pictures: Makes the pictures of all places.
            compared: Whether what is there is compared with the first pictures computed anew.
            beside: Name -> array, kept in files with the features.
            run: Pictures to features; None is the prefix.
        """
        folder = self._home / key
        shape = (num_places, *self._prefix.shape)
        found = _read(folder, shape)
        if found is None and folder.exists():
            log("cached features are damaged and computed anew")
        elif found is not None and compared and not self.same(found, pictures):
            log("cached features are not what the frozen layers give now and are computed anew")
            found = None
        if found is None:
            shutil.rmtree(folder, ignore_errors=True)
            found = self._made(folder, shape, pictures, beside=beside or {}, run=run or self._prefix.run)
        if found is not None:
            self._use(key)
        return found

    def keys(self, start: str, /) -> list[str]:
        """Of the stores whose keys begin so, in their order."""
        return sorted(folder.name for folder in self._folders() if folder.name.startswith(start))

    def read(self, key: str, /, *, num_places: int) -> Features | None:
        """Features that are there and whole, or None; nothing is computed or compared."""
        found = _read(self._home / key, (num_places, *self._prefix.shape))
        if found is not None:
            self._use(key)
        return found

    def beside(self, key: str, name: str, /) -> NDArray[Any] | None:
        """The array that is kept with the features under a name, or None where it is not there or damaged."""
        try:
            found: NDArray[Any] = np.load(self._home / key / name, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return found

    def remove(self, start: str, /) -> None:
        """Remove the stores whose keys begin so."""
        for key in self.keys(start):
            shutil.rmtree(self._home / key, ignore_errors=True)
            self._in_use.discard(key)

    def same(self, found: Features, pictures: Callable[[], Pictures], /) -> bool:
        """Whether the first few are what is computed now: a key knows a model's weights, not how it uses them."""
        with closing(pictures()) as made:
            places, images, readable = next(made)
        if not np.array_equal(readable, found.readable[places]):
            return False
        some = np.flatnonzero(readable)[:_COMPARED]
        if not len(some):
            return True
        features = (self._prefix.eager or self._prefix.run)(images[some])
        return close(features, found.array[places[some]], tolerance=self._prefix.tolerance)

    def _use(self, key: str) -> None:
        self._in_use.add(key)
        with contextlib.suppress(OSError):  # it may be another user's, or have been removed by another run
            (self._home / key / _DONE).touch()  # the time of last use

    def _made(
        self,
        folder: Path,
        shape: tuple[int, ...],
        pictures: Callable[[], Pictures],
        *,
        beside: Mapping[str, NDArray[Any]],
        run: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    ) -> Features | None:
        size = int(np.prod(shape, dtype=np.int64)) * 4
        if not self._make_room(size):
            log(
                f"no feature cache: {size / 2**20:,.0f} MiB more are over the budget of {self._budget / 2**20:,.0f} MiB"
            )
            return None
        try:
            with ExitStack() as held, atomic_folder(folder) as temporary:
                file = held.enter_context((temporary / _ARRAY).open("w+b"))
                array = _reserve(file, temporary / _ARRAY, shape)
                for name, other in beside.items():
                    np.save(temporary / name, other)
                unreadable = _compute(array, pictures, run)
                (temporary / _DONE).write_text(json.dumps({"unreadable": unreadable}), encoding="utf-8")
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            log(f"no feature cache: {size / 2**20:,.0f} MiB do not fit on the disk")
            return None
        return _read(folder, shape)

    def _make_room(self, size: int) -> bool:
        """Remove the longest unused stores; whether there is room beside those that are in use or being written."""
        folders = self._folders()
        taken = [folder for folder in folders if folder.name.startswith(".") or folder.name in self._in_use]
        room = self._budget - size - sum(map(_size, taken))
        if room < 0:
            return False
        for folder in sorted(set(folders) - set(taken), key=_last_use, reverse=True):
            room -= _size(folder)
            if room < 0:
                shutil.rmtree(folder, ignore_errors=True)
        return True

    def _folders(self) -> list[Path]:
        return list(self._home.iterdir()) if self._home.exists() else []


def _compute(
    array: np.memmap[Any, Any],
    pictures: Callable[[], Pictures],
    run: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> list[int]:
    """Fill the array; the places whose own file gave no picture."""
    unreadable: set[int] = set()
    with progress("features", total=len(array), unit="images") as advance:
        for places, images, readable in pictures():
            array[places] = run(images)
            unreadable.update(places[~readable].tolist())
            advance(len(places))
    array.flush()
    return sorted(unreadable)


def default_budget(output: Path, /) -> int:
    """A quarter of the free space, at most 8 GiB: features are a by-product."""
    output.mkdir(parents=True, exist_ok=True)
    return min(shutil.disk_usage(output).free // 4, 8 << 30)


def _reserve(file: BinaryIO, path: Path, shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    """A memory-mapped array with room on the disk: a disk that fills up later would kill the process, not raise."""
    array: np.memmap[Any, Any] = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array


def _read(folder: Path, shape: tuple[int, ...]) -> Features | None:
    """A whole store, or None."""
    try:
        done = json.loads((folder / _DONE).read_text(encoding="utf-8"))
        readable = np.ones(shape[0], np.bool_)
        readable[np.array(done["unreadable"], np.int64)] = False
        array = np.lib.format.open_memmap(folder / _ARRAY, mode="r")
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    fits = array.shape == shape and array.dtype == np.float32
    return Features(array=array, readable=readable) if fits else None


def _size(folder: Path) -> int:
    try:
        return (folder / _ARRAY).stat().st_size
    except OSError:
        return 0


def _last_use(folder: Path) -> float:
    return _modified(folder / _DONE)


def _modified(path: Path) -> float:
    """Seconds; 0 for what is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
