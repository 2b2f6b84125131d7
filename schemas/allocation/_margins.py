"""Source totals beside class totals: two-way rounding of quotas."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.schemas._errors import PlanError
from datatool.schemas.allocation._apportion import Floats, Ints, largest_remainder


@dataclass(frozen=True, kw_only=True, eq=False)
class SourceMargins:
    """Share of the epoch that each source has.

    Attributes:
        name: M source names; a last one may stand for all that are not named.
        share: float64 (M,), summing to 1.
        code: int64 (K,), the margin that each cell counts towards.
    """

    name: tuple[str, ...]
    share: Floats
    code: Ints


def source_margins(source: Sequence[str], shares: Mapping[str, float], /) -> SourceMargins:
    """Margins of the named sources; all other sources together have the rest.

    Args:
        source: K strings, the source of each cell.
        shares: Source -> share of the epoch.
    """
    place = {name: number for number, name in enumerate(shares)}
    code = np.array([place.get(one, len(shares)) for one in source], np.int64)
    name, share = [*shares], [*shares.values()]
    if (code == len(shares)).any():
        name.append("other than " + ", ".join(shares))
        share.append(max(1 - sum(share), 0.0))
    return SourceMargins(name=tuple(name), share=np.array(share), code=code)


def meet_sources(
    quota: Ints, ideal: Floats, cap: Ints, group: Ints, margins: SourceMargins, /, *, seed: int = 0
) -> Ints:
    """Move draws between sources inside classes until every source has its total.

    A transportation problem with few columns. Draws move along augmenting paths over sources: first only where a quota
    stays the floor or the ceiling of its ideal, which suffices when the ideals meet both margins (Bacharach, Matrix
    rounding problems, Management Science 1966); then, where caps changed the ideals, anywhere below the caps.

    Args:
        quota: int64 (K,); class totals stay as they are.
        ideal: float64 (K,).
        cap: int64 (K,), never passed.
        group: int64 (K,), the class of each cell.
        margins: What the sources shall have.
        seed: Decides between equal remainders of source totals.

    Raises:
        PlanError: If no quotas within the caps have these totals, with the nearest total of a source that falls short.
    """
    total = np.array([quota.sum()])
    wanted = largest_remainder(margins.share * total, total, np.zeros(len(margins.share), np.int64), seed=seed)
    giver, taker = _pairs(group, margins.code)
    floor = np.floor(ideal + 1e-7).astype(np.int64)
    bounds = ((floor, np.minimum(np.ceil(ideal - 1e-7).astype(np.int64), cap)), (np.zeros_like(cap), cap))
    quota = quota.copy()
    surplus = _sums(quota, margins) - wanted
    for low, high in bounds:
        while path := _path(surplus, _edges(quota, low, high, giver, taker, margins.code)):
            _move(quota, path, surplus, (low, high), (giver, taker), (margins.code, ideal))
            surplus = _sums(quota, margins) - wanted
    if surplus.any():
        worst = int(np.argmin(surplus))
        raise PlanError(
            f"source {margins.name[worst]} must have {wanted[worst]} draws of {total[0]}; "
            f"class totals and limits leave room for {wanted[worst] + surplus[worst]}",
            hint="ask for a smaller share of this source, or raise --max-repeat or --synthetic-cap",
        )
    return quota


def _sums(quota: Ints, margins: SourceMargins) -> Ints:
    return np.bincount(margins.code, weights=quota, minlength=len(margins.share)).astype(np.int64)


def _pairs(group: Ints, code: Ints) -> tuple[Ints, Ints]:
    """All ordered pairs of cells that share a class and differ in source."""
    order = np.argsort(group, kind="stable")
    givers, takers = [], []
    for distance in range(1, int(np.bincount(group).max(initial=1))):
        first, second = order[:-distance], order[distance:]
        same = (group[first] == group[second]) & (code[first] != code[second])
        givers += [first[same], second[same]]
        takers += [second[same], first[same]]
    if not givers:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(givers), np.concatenate(takers)


def _edges(quota: Ints, low: Ints, high: Ints, giver: Ints, taker: Ints, code: Ints) -> NDArray[np.bool_]:
    """Bool (M, M): from which source to which a draw can move."""
    size = int(code.max()) + 1
    edges = np.zeros((size, size), np.bool_)
    movable = (quota[giver] > low[giver]) & (quota[taker] < high[taker])
    edges[code[giver[movable]], code[taker[movable]]] = True
    return edges


def _path(surplus: Ints, edges: NDArray[np.bool_]) -> list[int] | None:
    """A shortest path from a source with too many draws to one with too few; None if there is none."""
    paths = [[int(source)] for source in np.flatnonzero(surplus > 0)]
    seen = {path[0] for path in paths}
    for path in paths:
        if surplus[path[-1]] < 0:
            return path
        for target in np.flatnonzero(edges[path[-1]]).tolist():
            if target not in seen:
                seen.add(target)
                paths.append([*path, target])
    return None


def _move(
    quota: Ints,
    path: list[int],
    surplus: Ints,
    bounds: tuple[Ints, Ints],
    pairs: tuple[Ints, Ints],
    cells: tuple[Ints, Floats],
) -> None:
    """Move draws along a path in place: as many as fit over one step, one over a longer path."""
    (low, high), (giver, taker), (code, ideal) = bounds, pairs, cells
    many = int(min(surplus[path[0]], -surplus[path[-1]])) if len(path) == 2 else 1
    for source, target in itertools.pairwise(path):
        fits = (code[giver] == source) & (code[taker] == target)
        fits &= (quota[giver] > low[giver]) & (quota[taker] < high[taker])
        give, take = giver[fits], taker[fits]
        # Where the giver has most above its ideal and the taker most below; each cell is used once.
        order = np.argsort((ideal[give] - quota[give]) - (ideal[take] - quota[take]), kind="stable")
        give, take = give[order], take[order]
        once = np.sort(np.intersect1d(np.unique(give, return_index=True)[1], np.unique(take, return_index=True)[1]))[
            :many
        ]
        give, take = give[once], take[once]
        room = np.minimum(quota[give] - low[give], high[take] - quota[take])
        step = np.minimum(room, max(1, many // max(len(give), 1)))
        quota[give] -= step
        quota[take] += step
