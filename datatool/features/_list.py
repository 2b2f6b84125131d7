"""Features of the pictures of a list, kept in pieces, so that what was computed before a kill is not lost."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from datatool.evaluation import transform_loader, transform_of
from datatool.features._pictures import files_key, pictures, transform_key
from datatool.features._store import Features, FeatureStores, Pictures, default_budget, store_key
from datatool.models import Prefix
from datatool.schemas import DataSection, LoaderError
from datatool.storage import Locator
from datatool.trainers import Trainer

_PIECE: Final = 1024  # pictures: some ten seconds of a small backbone on two cores


def list_prefix(trainer: Trainer, paths: list[Locator], data: DataSection, /) -> Prefix | None:
    """The frozen part of a model, compiled and tried on the first pictures; None where it cannot be cut off."""
    for _, images, _ in _plain(paths[: data.batch_size], data):
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
) -> Features:
    """Features of pictures as a model sees them outside training, read from ``home`` or computed and kept there.

    Args:
        prefix: What makes them, from `list_prefix`.
        paths: N pictures; of what cannot be read the place is marked.
        data: Size, mean and the like; the batch size, and threads.
        home: Folder of the stores.
        mirrored: Of the mirror images.
        compared: Whether the first batch is computed anew and compared with what is kept.

    Raises:
        LoaderError: If there is no room, or none of the first files exists.
    """
    stores = FeatureStores(home, prefix, budget=default_budget(home))
    found = [
        _piece(stores, prefix, paths[start : start + _PIECE], data, mirrored=mirrored, compared=compared and start == 0)
        for start in range(0, len(paths), _PIECE)
    ]
    return Features(
        array=np.concatenate([piece.array for piece in found]),
        readable=np.concatenate([piece.readable for piece in found]),
    )


def _piece(
    stores: FeatureStores, prefix: Prefix, paths: list[Locator], data: DataSection, *, mirrored: bool, compared: bool
) -> Features:
    key = store_key(prefix=prefix.key, data=transform_key(data), files=files_key(paths), mirrored=mirrored)
    found = stores.open(
        key, num_places=len(paths), pictures=lambda: _plain(paths, data, mirrored=mirrored), compared=compared
    )
    if found is None:
        raise LoaderError(
            "features must fit on the disk; there is no room for them", hint="name another folder with --features DIR"
        )
    return found


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
