"""Features of single pictures, kept in pieces and found again in whatever list the pictures come next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.features._store import Features, FeatureStores, Pictures, store_key
from datatool.runs import log
from datatool.schemas import LoaderError

_NAMES: Final = "pictures.npy"  # in a piece: int64 (places, 2), the names of its pictures

Name = tuple[int, int]
Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Pieces:
    """The pieces of one group, which have the same frozen layers and transform, as far as some pictures lie in them.

    Args:
        stores: Where they lie.
        group: What decides a picture's features beside its file, as a key.
        wanted: The pictures.
    """

    def __init__(self, stores: FeatureStores, group: str, wanted: list[Name], /) -> None:
        self._stores = stores
        self._group = group
        self._open: list[Features] = []
        self._at: dict[Name, tuple[int, int]] = {}
        asked = set(wanted)
        for key in stores.keys(f"{group}-"):
            names = _tuples(stores.beside(key, _NAMES))
            if not asked.isdisjoint(names) and (found := stores.read(key, num_places=len(names))):
                self._take(names, found)

    def __contains__(self, name: object) -> bool:
        return name in self._at

    def add(self, names: list[Name], pictures: Callable[[], Pictures], *, run: Run | None = None) -> None:
        """Compute a piece and keep it.

        Args:
            names: Of its pictures.
            pictures: Makes them.
            run: Pictures to features; None is the frozen layers.

        Raises:
            LoaderError: If there is no room.
        """
        key = f"{self._group}-{store_key(names=names)}"
        beside = {_NAMES: np.array(names, np.int64)}
        found = self._stores.open(key, num_places=len(names), pictures=pictures, compared=False, beside=beside, run=run)
        if found is None:
            raise LoaderError(
                "features must fit on the disk; there is no room for them",
                hint="name another folder with --features DIR",
            )
        self._take(names, found)

    def gather(self, names: list[Name]) -> Features:
        """Features of pictures that are all kept, in the order of the names."""
        places = np.array([self._at[name] for name in names], np.int64).reshape(-1, 2)
        shape = self._open[0].array.shape[1:]
        array, readable = np.empty((len(names), *shape), np.float32), np.zeros(len(names), np.bool_)
        for number in np.unique(places[:, 0]).tolist():
            mine = places[:, 0] == number
            array[mine] = self._open[number].array[places[mine, 1]]
            readable[mine] = self._open[number].readable[places[mine, 1]]
        return Features(array=array, readable=readable)

    def forget(self) -> None:
        """Remove every piece: the frozen layers give something else now."""
        log("cached features are not what the frozen layers give now and are computed anew")
        self._stores.remove(f"{self._group}-")
        self._open, self._at = [], {}

    def _take(self, names: list[Name], found: Features) -> None:
        self._at |= {name: (len(self._open), place) for place, name in enumerate(names)}
        self._open.append(found)


def _tuples(names: NDArray[np.int64] | None) -> list[Name]:
    """None of what is damaged."""
    fits = names is not None and names.ndim == 2 and names.shape[1] == 2
    return [(first, second) for first, second in names.tolist()] if fits and names is not None else []
