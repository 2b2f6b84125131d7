"""Which real picture each synthetic one was made from.

If copies of held-out rows stayed in training, cross-validation would promise gains of 0.11 to 0.30 where the truth is a
loss. A synthetic row is therefore held out with its parent. Where nobody says which that is, it is the nearest real row
by the perceptual hash of the picture or of its mirror image; no threshold is needed, because a row that has no parent
only loses one fold in five.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from datatool.audit.images import Looks, looks_of
from datatool.errors import ConfigError
from datatool.probe import ProbeRows

NOBODY: Final = -1
_BLOCK: Final = 1 << 22  # hashes compared at once


@dataclass(frozen=True, kw_only=True, eq=False)
class Parents:
    """Parents of rows.

    Attributes:
        row: int64 (N,), the parent's place; -1 for real rows and where there is none.
        how: column, pattern, hash, or none where no row is synthetic.
    """

    row: NDArray[np.int64]
    how: Literal["column", "pattern", "hash", "none"]

    @property
    def num_found(self) -> int:
        """Synthetic rows with a parent."""
        return int((self.row >= 0).sum())


def find_parents(rows: ProbeRows, /, *, pattern: str | None = None, column: dict[str, str] | None = None) -> Parents:
    """Parents by what is known: a column, a pattern on paths, else the looks of the pictures.

    Args:
        rows: All of them.
        pattern: A regular expression on paths of synthetic rows; its first group is the parent's path, name or stem.
        column: Path of a synthetic row -> its parent's path, name or stem, from a table.

    Raises:
        ConfigError: If the pattern is no regular expression with a group, or gives no row a parent.
    """
    nobody = np.full(len(rows), NOBODY)
    if not rows.synthetic.any():
        return Parents(row=nobody, how="none")
    if column:
        named = {row: column[path] for row, path in _synthetic(rows) if path in column}
        return Parents(row=_by_name(rows, named, nobody), how="column")
    if pattern is not None:
        found = _by_name(rows, _matched(rows, pattern), nobody)
        if not (found >= 0).any():
            raise ConfigError(
                f"--parent must give a synthetic row its parent; '{pattern}' gives none of {rows.synthetic.sum():,}"
            )
        return Parents(row=found, how="pattern")
    return Parents(row=_by_look(rows, nobody), how="hash")


def _synthetic(rows: ProbeRows) -> list[tuple[int, str]]:
    return [(row, str(rows.path[row])) for row in np.flatnonzero(rows.synthetic).tolist()]


def _matched(rows: ProbeRows, pattern: str) -> dict[int, str]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"--parent must be a regular expression; got '{pattern}' ({error})") from None
    if not expression.groups:
        raise ConfigError(
            f"--parent must have a group, which is the parent's name; got '{pattern}'", hint=r"like 'synth/(.+)_v\d+'"
        )
    return {row: match[1] for row, path in _synthetic(rows) if (match := expression.search(path)) and match[1]}


def _by_name(rows: ProbeRows, named: dict[int, str], nobody: NDArray[np.int64]) -> NDArray[np.int64]:
    known: dict[str, int] = {}
    for row in np.flatnonzero(~rows.synthetic)[::-1].tolist():
        path = PurePosixPath(str(rows.path[row]))
        known |= {path.stem: row, path.name: row}
    known |= {str(rows.path[row]): row for row in np.flatnonzero(~rows.synthetic).tolist()}
    found = nobody.copy()
    for row, name in named.items():
        found[row] = known.get(name, NOBODY)
    return found


def _by_look(rows: ProbeRows, nobody: NDArray[np.int64]) -> NDArray[np.int64]:
    looks = looks_of(rows.locators)
    real = np.array([row for row in np.flatnonzero(~rows.synthetic).tolist() if looks[row].plain is not None], np.int64)
    made = np.array([row for row in np.flatnonzero(rows.synthetic).tolist() if looks[row].plain is not None], np.int64)
    found = nobody.copy()
    if len(real) and len(made):
        found[made] = real[_nearest([looks[row] for row in made], [looks[row] for row in real])]
    return found


def _nearest(asked: list[Looks], real: list[Looks]) -> NDArray[np.int64]:
    """Place of the real look that differs in the fewest bits from a picture or from its mirror image."""
    plain, mirrored = _bits([one.plain for one in asked]), _bits([one.mirrored for one in asked])
    others = _bits([one.plain for one in real])
    found = np.zeros(len(asked), np.int64)
    size = max(1, _BLOCK // len(others))
    for start in range(0, len(asked), size):
        part = slice(start, start + size)
        apart = np.minimum(
            np.bitwise_count(plain[part, None] ^ others), np.bitwise_count(mirrored[part, None] ^ others)
        )
        found[part] = apart.argmin(axis=1)
    return found


def _bits(looks: list[int | None]) -> NDArray[np.uint64]:
    return np.array([0 if look is None else look for look in looks], np.int64).view(np.uint64)
