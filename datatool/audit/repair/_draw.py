"""Which rows go to val and test: whole units, so that shares of each class and source come nearest to what is asked.

A unit is what must not be torn apart; a stratum is one class of one source. Tables, made by `datatool.audit.repair`:

====== =================================================================================================
units  key, label and source (of units of one stratum, else null), num_rows, movable, turn, drawn (its split
       or null)
parts  key, label, source, num_rows: how many rows of which stratum a unit has
====== =================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import EVAL_SPLITS, TRAIN
from datatool.schemas.allocation import largest_remainder

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SPLITS: Final = (TRAIN, *EVAL_SPLITS)


@dataclass(frozen=True, kw_only=True)
class Strata:
    """Rows of every stratum that may be drawn from, by split.

    Attributes:
        keys: (class, source) of each.
        settled: int64 (N, 3), rows that stand in train, val and test already.
        free: int64 (N,), rows that are drawn.
    """

    keys: list[tuple[int, str]]
    settled: Ints
    free: Ints

    @property
    def sizes(self) -> Ints:
        """int64 (N,), all rows of each."""
        return np.asarray(self.settled.sum(axis=1) + self.free, np.int64)


def targets(sizes: Ints, shares: Mapping[str, float], /) -> Floats:
    """Rows that each split would have of each stratum, float64 (N, 3), if rows could be divided.

    The splits' totals are whole, so that val of many small classes is what was asked of all rows together.
    """
    total = int(sizes.sum())
    wanted = np.array([round(shares.get(split, 0.0) * total) for split in EVAL_SPLITS], np.float64)
    evaluated = sizes[:, None] * (wanted / max(total, 1))
    return np.column_stack([sizes - evaluated.sum(axis=1), evaluated])


def off(rows: Floats, target: Floats, /) -> float:
    """Rows that stand in another split than the targets have them in: half the sum of all differences.

    >>> off(np.array([[8.0, 2.0, 0.0]]), np.array([[9.0, 1.0, 0.0]]))
    1.0
    """
    return float(np.abs(rows - target).sum() / 2)


def least_off(settled: Ints, target: Floats, /) -> float:
    """The least that `off` can be, whatever free rows do: a settled row beyond its split's target has no other place.

    With t the targets and f the settled rows of a stratum, whose free rows number n = sum(t - f), the free rows lower
    the sum of |t - f - x| at most to 2 x sum(max(f - t, 0)).
    """
    return float(np.maximum(settled - target, 0.0).sum())


def draw(connection: Any, shares: Mapping[str, float], /, *, seed: int) -> tuple[float, float]:
    """Settle ``drawn`` of every unit that has none.

    Units of several strata go first, the largest first, each to the split that lacks most of what it has; units of one
    stratum then fill its quotas in hashed order. A stratum keeps a row in train.

    Returns:
        Rows off the shares that were asked, and the least that the settled rows allow.
    """
    before = _strata(connection)
    if not before.keys:
        return 0.0, 0.0
    target = targets(before.sizes, shares)
    _draw_mixed(connection, before, target, shares)
    now = _strata(connection)
    _draw_plain(connection, now, target, shares, seed=seed)
    connection.execute(f"UPDATE units SET drawn = '{TRAIN}' WHERE drawn IS NULL")
    return off(_strata(connection).settled.astype(np.float64), target), least_off(before.settled, target)


def _strata(connection: Any) -> Strata:
    """Strata as they stand; what cannot move, such as synthetic rows, has no share to meet."""
    counted = ", ".join(f"coalesce(sum(p.num_rows) FILTER (drawn = '{split}'), 0)::BIGINT" for split in SPLITS)
    found = connection.execute(
        f"SELECT p.label, p.source, {counted}, coalesce(sum(p.num_rows) FILTER (drawn IS NULL), 0)::BIGINT "
        "FROM parts p JOIN units u USING (key) WHERE movable GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    counts = np.array([row[2:] for row in found], np.int64).reshape(-1, 4)
    return Strata(keys=[(row[0], row[1]) for row in found], settled=counts[:, :3], free=counts[:, 3])


def _draw_mixed(connection: Any, strata: Strata, target: Floats, shares: Mapping[str, float]) -> None:
    place = {key: at for at, key in enumerate(strata.keys)}
    found = connection.execute(
        "SELECT u.key, list(p.label ORDER BY p.label, p.source), list(p.source ORDER BY p.label, p.source), "
        "list(p.num_rows ORDER BY p.label, p.source) FROM units u JOIN parts p USING (key) "
        "WHERE movable AND drawn IS NULL AND u.label IS NULL GROUP BY u.key, u.num_rows, turn "
        "ORDER BY u.num_rows DESC, turn, u.key"
    ).fetchall()
    rows, free = strata.settled.astype(np.float64), strata.free.copy()
    chosen = []
    for key, labels, sources, counts in found:
        at = np.array([place[pair] for pair in zip(labels, sources, strict=True)], np.int64)
        count = np.array(counts, np.float64)
        free[at] -= count.astype(np.int64)
        split = _nearest(rows[at], target[at], count, shares, last=bool(((rows[at, 0] + free[at]) < 1).any()))
        rows[at, split] += count
        chosen.append((key, SPLITS[split]))
    _set_drawn(connection, chosen)


def _nearest(rows: Floats, target: Floats, count: Floats, shares: Mapping[str, float], /, *, last: bool) -> int:
    """The split whose squared differences grow least; train where a stratum would have no row there."""
    if last:
        return 0
    cost = (2 * count[:, None] * (rows - target) + count[:, None] ** 2).sum(axis=0)
    asked = np.array([True, *(bool(shares.get(split)) for split in EVAL_SPLITS)])
    return int(np.argmin(np.where(asked, cost, np.inf)))


def _set_drawn(connection: Any, chosen: list[tuple[str, str]]) -> None:
    import pyarrow as pa

    if chosen:
        keys, splits = zip(*chosen, strict=True)
        connection.register("chosen", pa.table({"key": list(keys), "split": list(splits)}))
        connection.execute("UPDATE units SET drawn = c.split FROM chosen c WHERE units.key = c.key")
        connection.unregister("chosen")


def _draw_plain(connection: Any, strata: Strata, target: Floats, shares: Mapping[str, float], /, *, seed: int) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE pending AS SELECT key, label, source, num_rows, turn FROM units "
        "WHERE movable AND drawn IS NULL AND label IS NOT NULL"
    )
    keeps = strata.settled[:, 0] == 0
    left = np.maximum(strata.free - keeps, 0)
    need = np.maximum(target[:, 1:] - strata.settled[:, 1:], 0.0)
    need *= np.minimum(1.0, strata.free / np.maximum(need.sum(axis=1), 1e-9))[:, None]
    first = np.zeros_like(left)
    every = np.zeros(len(left), np.int64)
    for at, name in enumerate(EVAL_SPLITS):
        if not shares.get(name):
            continue
        total = round(float(need[:, at].sum()))
        ideal = need[:, at] * (total / max(need[:, at].sum(), 1e-9))
        quota = np.minimum(largest_remainder(ideal, np.array([total]), every, seed=seed), left)
        spans = zip(strata.keys, first.tolist(), (first + quota).tolist(), keeps.tolist(), strict=True)
        _give(connection, name, [(*key, start, stop, keep) for key, start, stop, keep in spans if stop > start])
        first, left = first + quota, left - quota


def _give(connection: Any, name: str, spans: Iterable[tuple[int, str, int, int, bool]]) -> None:
    """Units whose middle, rows counted in hashed order inside their stratum, lies after ``start`` and up to ``stop``.

    By the middle, units that overlap an end fall on either side of it as often, so large units do not starve a split.
    """
    import pyarrow as pa

    columns = ("label", "source", "start", "stop", "keeps")
    listed = list(zip(*spans, strict=True)) or [()] * len(columns)
    types = (pa.int64(), pa.string(), pa.int64(), pa.int64(), pa.bool_())
    arrays = [pa.array(values, kind) for values, kind in zip(listed, types, strict=True)]
    connection.register("spans", pa.table(arrays, names=list(columns)))
    connection.execute(
        f"UPDATE units SET drawn = '{name}' FROM (SELECT key, start, stop, keeps, num_rows, "
        "sum(num_rows) OVER (PARTITION BY label, source ORDER BY turn, key) AS upto, "
        "sum(num_rows) OVER (PARTITION BY label, source) AS total "
        "FROM pending JOIN spans USING (label, source)) AS counted "
        "WHERE units.key = counted.key AND units.drawn IS NULL "
        "AND upto - counted.num_rows / 2 > start AND upto - counted.num_rows / 2 <= stop "
        "AND (NOT keeps OR upto < total)"
    )
    connection.unregister("spans")
