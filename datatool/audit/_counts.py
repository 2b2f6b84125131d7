"""Batches of rows added up: rows per class, and hashes that occur more than once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from datatool.schemas import numpy_values

Keys = npt.NDArray[np.uint64]
Labels = npt.NDArray[np.int64]
Lines = npt.NDArray[np.uint32] | npt.NDArray[np.int64]

_DENSE: Final = 1 << 22  # labels below this are counted in an array, 32 MiB at most per split and source
_SLICE: Final = 1 << 24  # hashes sorted at once, about: a sorted copy of all would double what is held


class Counts:
    """Counts in the making; 12 bytes are kept per row.

    Args:
        keep_lines: Whether lines are asked for afterwards; without them it is 8 bytes per row.
    """

    def __init__(self, *, keep_lines: bool = True) -> None:
        self._keep_lines = keep_lines
        self._keys: list[list[Keys]] = []
        self._lines: list[list[Lines]] = []
        self._dense: dict[tuple[int, int], Labels] = {}
        self._sparse: dict[tuple[int, int], Counter[int]] = {}

    def open_part(self) -> None:
        """Begin the next part."""
        self._keys.append([])
        self._lines.append([])

    def add(self, batch: Any, /) -> None:
        """Count a batch with the columns key, label, source, split (as codes) and line."""
        self._keys[-1].append(numpy_values(batch.column("key")).copy())  # a view would hold the whole batch
        if self._keep_lines:
            lines = numpy_values(batch.column("line"))
            small = not len(lines) or int(lines.max()) < 2**32
            self._lines[-1].append(lines.astype(np.uint32) if small else lines.astype(np.int64))
        self.add_cells(batch)

    def add_cells(self, batch: Any, /) -> None:
        """Count a batch with the columns label, source and split (as codes), whose images are not asked for."""
        labels = numpy_values(batch.column("label"))
        split, source = (numpy_values(batch.column(name)) for name in ("split", "source"))
        if not len(labels):
            return
        if (split == split[0]).all() and (source == source[0]).all():
            self._count((int(split[0]), int(source[0])), labels)
            return
        codes = int(source.max()) + 1
        place = split.astype(np.int64) * codes + source
        for cell in np.flatnonzero(np.bincount(place)).tolist():
            self._count(divmod(cell, codes), labels[place == cell])

    def _count(self, cell: tuple[int, int], labels: Labels) -> None:
        few = labels[labels >= _DENSE] if int(labels.max()) >= _DENSE else labels[:0]
        counted = np.bincount(labels if not len(few) else labels[labels < _DENSE])
        held = self._dense.get(cell, counted[:0])
        if len(counted) > len(held):
            held, counted = counted, held
        held[: len(counted)] += counted
        self._dense[cell] = held
        self._sparse.setdefault(cell, Counter()).update(few.tolist())

    def cells(self, splits: list[str], sources: list[str], /) -> dict[str, dict[int, dict[str, int]]]:
        """Split -> class -> source -> rows, classes ascending."""
        found: dict[str, dict[int, dict[str, int]]] = {}
        for (split, source), dense in sorted(self._dense.items()):
            classes = found.setdefault(splits[split], {})
            labels = np.flatnonzero(dense)
            tally = dict(zip(labels.tolist(), dense[labels].tolist(), strict=True)) | self._sparse[split, source]
            for label, rows in tally.items():
                classes.setdefault(label, {})[sources[source]] = rows
        return {split: dict(sorted(classes.items())) for split, classes in found.items()}

    def repeated(self) -> Keys:
        """Sorted hashes that occur more than once."""
        bits = (sum(len(key) for part in self._keys for key in part) // _SLICE).bit_length()
        edges = list(self._dealt(bits))
        keys = [key for part in self._keys for key in part]
        return np.concatenate([_more_than_once(_slice(keys, edges, number)) for number in range(1 << bits)])

    def _dealt(self, bits: int) -> Iterator[Labels]:
        """Put the keys of each batch, and lines with them, in the order of their top bits; where each number begins."""
        for keys, lines in zip(self._keys, self._lines, strict=True):
            for at, key in enumerate(keys):
                if not bits:
                    yield np.array([0, len(key)])
                    continue
                top = (key >> np.uint64(64 - bits)).astype(np.uint16)  # of 16 bits: a radix sort
                order = np.argsort(top, kind="stable")
                keys[at] = key[order]
                if lines:
                    lines[at] = lines[at][order]
                yield np.concatenate([[0], np.cumsum(np.bincount(top, minlength=1 << bits))])

    def lines_of(self, repeated: Keys, /) -> list[Labels]:
        """For each part the lines whose hash is one of these, ascending; lines must have been kept."""
        return [
            np.sort(
                np.concatenate(
                    [line[_among(key, repeated)].astype(np.int64) for key, line in zip(keys, lines, strict=True)]
                    or [np.zeros(0, np.int64)]
                )
            )
            for keys, lines in zip(self._keys, self._lines, strict=True)
        ]


def _slice(keys: list[Keys], edges: list[Labels], number: int) -> Keys:
    """A copy of the keys whose top bits are a number."""
    parts = [key[edge[number] : edge[number + 1]] for key, edge in zip(keys, edges, strict=True)]
    return np.concatenate([np.zeros(0, np.uint64), *parts])


def _more_than_once(keys: Keys) -> Keys:
    """Sorted values that occur more than once; the keys are sorted in place."""
    keys.sort()
    again = keys[1:][keys[1:] == keys[:-1]]
    first: Keys = again[np.diff(again, prepend=~again[:1]) != 0]  # `np.unique` would sort them again
    return first


def _among(keys: Keys, chosen: Keys) -> npt.NDArray[np.bool_]:
    """Which keys are among the chosen, which are sorted; a small table of their top bits spares most searches."""
    top = np.zeros(1 << 16, np.bool_)
    top[chosen >> np.uint64(48)] = True
    found: npt.NDArray[np.bool_] = top[keys >> np.uint64(48)]
    at = np.flatnonzero(found)
    place = np.minimum(np.searchsorted(chosen, keys[at]), len(chosen) - 1)
    found[at] = chosen[place] == keys[at]
    return found
