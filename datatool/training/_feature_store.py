"""Outputs of a frozen prefix on disk: memory-mapped, keyed by everything that decides them, under a budget."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.progress import progress
from datatool.schemas import atomic_folder

FOLDER: Final = ".features"  # in the output folder: runs with the same frozen part and data share it
_ARRAY: Final = "features.npy"
_DONE: Final = "done.json"

# Places of the store, images of them (N, 3, S, S), and whether each could be read.
Pictures = Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Computed features.

    Attributes:
        array: float32 (places, *shape), memory-mapped.
        readable: bool (places,), False where there was no picture.
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


def open_features(
    output: Path,
    key: str,
    /,
    *,
    shape: tuple[int, ...],
    pictures: Callable[[], Pictures],
    run: Callable[[NDArray[np.float32]], NDArray[Any]],
    budget: int,
) -> Features:
    """Features under ``key``: read if they are there, else computed and kept.

    Args:
        output: The output folder of runs.
        key: From `store_key`.
        shape: (places, ...).
        pictures: Makes the pictures of all places.
        run: Images to features.
        budget: Bytes that all stores together may take; the longest unused are removed.
    """
    folder = output / FOLDER / key
    if not (folder / _DONE).exists():
        _make_room(output / FOLDER, budget - _size(shape))
        with atomic_folder(folder) as temporary:
            _compute(temporary, shape, pictures, run)
    done = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    (folder / _DONE).touch()  # the time of last use
    readable = np.ones(shape[0], np.bool_)
    readable[done["unreadable"]] = False
    return Features(array=np.load(folder / _ARRAY, mmap_mode="r"), readable=readable)


def default_budget(output: Path, /) -> int:
    """A quarter of the free space, at most 8 GiB: features are a by-product."""
    output.mkdir(parents=True, exist_ok=True)
    return min(shutil.disk_usage(output).free // 4, 8 << 30)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=np.int64)) * 4


def _compute(
    folder: Path,
    shape: tuple[int, ...],
    pictures: Callable[[], Pictures],
    run: Callable[[NDArray[np.float32]], NDArray[Any]],
) -> None:
    array = np.lib.format.open_memmap(folder / _ARRAY, mode="w+", dtype=np.float32, shape=shape)
    unreadable: list[int] = []
    with progress("features", total=shape[0], unit="images") as advance:
        for places, images, readable in pictures():
            array[places] = run(images)
            unreadable.extend(places[~readable].tolist())
            advance(len(places))
    array.flush()
    (folder / _DONE).write_text(json.dumps({"unreadable": unreadable}), encoding="utf-8")


def _make_room(home: Path, budget: int) -> None:
    stores = sorted(home.glob("*/" + _DONE), key=lambda file: -file.stat().st_mtime)
    for file in stores:
        budget -= (file.parent / _ARRAY).stat().st_size
        if budget < 0:
            shutil.rmtree(file.parent, ignore_errors=True)
