"""Features of the pictures of a list, kept in pieces, so that what was computed before a kill is not lost.

A picture is found again by its path, size and time in whatever list it comes next: a list that grew, lost rows or has
other labels computes what is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.evaluation import transform_loader, transform_of
from datatool.features._pictures import TRIED, picture_names, pictures, transform_key
from datatool.features._pieces import Pieces
from datatool.features._store import Features, FeatureStores, Pictures, default_budget, store_key
from datatool.models import Prefix
from datatool.schemas import DataSection, LoaderError
from datatool.storage import Locator
from datatool.trainers import Trainer

Elsewhere = Callable[[list[list[Locator]]], Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]]

_PIECE: Final = 1024  # pictures: some ten seconds of a small backbone on two cores


def list_prefix(trainer: Trainer, paths: list[Locator], data: DataSection, /) -> Prefix | None:
    """The frozen part of a model, compiled and tried on the first pictures; None where it cannot be cut off."""
    for _, images, _ in _plain(paths[:TRIED], data):
        return trainer.prefix(images)
    raise LoaderError("features must be of a picture; got no path")


def list_features(
    prefix: Prefix,
    paths: list[Locator],
    data: DataSection,
    /,
    *,
    home: Path,
    mirrored: bool = False,
    compared: bool = True,
    elsewhere: Elsewhere | None = None,
) -> Features:
    """Features of pictures as a model sees them outside training, read from ``home`` or computed and kept there.

    Args:
        prefix: What makes them, from `list_prefix`.
        paths: N pictures; of what cannot be read the place is marked.
        data: Size, mean and the like; the batch size, and threads.
        home: Folder of the stores.
        mirrored: Of the mirror images.
        compared: Whether some are computed anew and compared with what is kept.
        elsewhere: Lists of pictures -> features and readability of each list, in order; None computes them here.

    Raises:
        LoaderError: If there is no room, or none of the first files exists.
    """
    stores = FeatureStores(home, prefix, budget=default_budget(home))
    names = picture_names(paths)
    pieces = Pieces(stores, store_key(prefix=prefix.key, data=transform_key(data), mirrored=mirrored), names)
    kept = [place for place, name in enumerate(names) if name in pieces][: data.batch_size] if compared else []
    if kept:
        found = pieces.gather([names[place] for place in kept])
        if not stores.same(found, lambda: _plain([paths[place] for place in kept], data, mirrored=mirrored)):
            pieces.forget()
    new = {name: path for name, path in zip(names, paths, strict=True) if name not in pieces}
    listed = list(new)
    parts = [listed[start : start + _PIECE] for start in range(0, len(listed), _PIECE)]
    if elsewhere is None:
        for part in parts:
            pieces.add(part, partial(_plain, [new[name] for name in part], data, mirrored=mirrored))
    elif parts:
        results = elsewhere([[new[name] for name in part] for part in parts])
        for part, (array, readable) in zip(parts, results, strict=True):
            pieces.add(part, partial(_given, array, readable), run=_as_it_is)
    return pieces.gather(names)


def run_list(
    prefix: Prefix, paths: list[Locator], data: DataSection, /, *, mirrored: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Features of pictures float32 (N, *shape) and whether each could be read, bool (N,); nothing is kept."""
    array, readable = np.zeros((len(paths), *prefix.shape), np.float32), np.zeros(len(paths), np.bool_)
    for places, images, read in _plain(paths, data, mirrored=mirrored):
        array[places], readable[places] = prefix.run(images), read
    return array, readable


def _as_it_is(features: NDArray[np.float32]) -> NDArray[np.float32]:
    return features


def _given(array: NDArray[np.float32], readable: NDArray[np.bool_]) -> Pictures:
    yield np.arange(len(array)), array, readable


def _plain(paths: list[Locator], data: DataSection, *, mirrored: bool = False) -> Pictures:
    with transform_loader(
        paths,
        None,
        transform_of(data),
        batch_size=data.batch_size,
        num_threads=data.num_threads,
        io_threads=data.io_threads,
    ) as loader:
        for places, images, readable in pictures(loader):
            yield places, images[..., ::-1].copy() if mirrored else images, readable
