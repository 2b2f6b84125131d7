"""`--share CLASS[/SOURCE]=S`: parts of the epoch that are fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.allocation._modifiers import Share
from datatool.schemas import ConfigError
from datatool.schemas.allocation import Counts, SourceMargins, fit_margins, source_margins

Floats = NDArray[np.float64]

_CLOSE = 1e-9  # sums of shares written in decimal


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedShares:
    """Fixed shares, found among the cells.

    The free cells of a fixed class form a group, and those of all other classes form the last one.

    Attributes:
        cell: float64 (K,), share of each fixed cell, NaN elsewhere.
        group: int64 (K,), group of each free cell, in [0, C].
        group_share: float64 (C + 1,), what each group has of the epoch.
        class_fixed: bool (C,).
        margins: Shares of sources over all classes; None if none is fixed.
    """

    cell: Floats
    group: NDArray[np.int64]
    group_share: Floats
    class_fixed: NDArray[np.bool_]
    margins: SourceMargins | None

    @property
    def free(self) -> NDArray[np.bool_]:
        """Bool (K,): cells whose share is not fixed."""
        return np.isnan(self.cell)


def find_shares(counts: Counts, shares: Sequence[Share], /) -> FixedShares:
    """Look the shares up.

    Raises:
        ConfigError: If a share names something without rows, is given twice, or the shares contradict one another.
    """
    names = [str(share) for share in shares]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"a share must be given once; got {name} twice")
    cell = np.full(len(counts.label), np.nan)
    whole = np.full(len(counts.classes), np.nan)
    for share in shares:
        if share.label is None:
            continue
        at = _cells_of(counts, share)
        if share.source is None:
            whole[counts.class_index[at[0]]] = share.share
        else:
            cell[at[0]] = share.share
    fixed = ~np.isnan(whole)
    inside = counts.per_class(np.nan_to_num(cell))
    group_share = np.append(np.where(fixed, whole - inside, 0.0), 1 - np.where(fixed, whole, inside).sum())
    found = FixedShares(
        cell=cell,
        group=np.where(fixed[counts.class_index], counts.class_index, len(counts.classes)),
        group_share=group_share,
        class_fixed=fixed,
        margins=_margins(counts, [share for share in shares if share.label is None]),
    )
    _check_sums(counts, found)
    return found


def set_shares(ideal: Floats, counts: Counts, fixed: FixedShares, /) -> Floats:
    """Give what is fixed its share of the epoch; the rest keeps its proportions.

    Args:
        ideal: float64 (K,), draws.
        counts: The cells.
        fixed: From `find_shares`.

    Returns:
        float64 (K,) with the same sum. Shares of sources are met by iterative proportional fitting; class totals stay.
    """
    total = ideal.sum()
    free = fixed.free
    group_sum = np.bincount(fixed.group[free], weights=ideal[free], minlength=len(fixed.group_share))
    mass = np.where(group_sum[fixed.group] > 0, ideal, counts.num_rows)  # a strategy may give a class nothing
    group_sum = np.bincount(fixed.group[free], weights=mass[free], minlength=len(fixed.group_share))
    factor = np.divide(fixed.group_share, group_sum, out=np.zeros_like(group_sum), where=group_sum > 0)
    ideal = np.where(free, mass * factor[fixed.group], np.nan_to_num(fixed.cell)) * total
    if fixed.margins is None:
        return ideal
    code = fixed.margins.code
    held = np.bincount(code, weights=np.where(free, 0.0, ideal), minlength=len(fixed.margins.share))
    ideal[free] = fit_margins(
        ideal[free],
        counts.class_index[free],
        code[free],
        counts.per_class(np.where(free, ideal, 0.0)),
        np.maximum(fixed.margins.share * total - held, 0.0),
    )
    return ideal


def _cells_of(counts: Counts, share: Share) -> NDArray[np.int64]:
    at = np.flatnonzero(counts.label == share.label)
    if share.source is not None:
        at = at[[counts.source[cell] == share.source for cell in at.tolist()]]
    if not len(at):
        rows = "rows" if share.source is None else f"{share.source} rows"
        raise ConfigError(f"a share must name something with rows; class {share.label} has no {rows}")
    return at


def _margins(counts: Counts, shares: Sequence[Share]) -> SourceMargins | None:
    if not shares:
        return None
    present = set(counts.source)
    for share in shares:
        if share.source not in present:
            raise ConfigError(f"a share must name something with rows; no row has the source {share.source}")
    margins = source_margins(counts.source, {str(share.source): share.share for share in shares})
    total = sum(share.share for share in shares)
    if total > 1 + _CLOSE or (len(margins.name) == len(shares) and total < 1 - _CLOSE):
        rule = "sum to 1, as no other source has rows" if len(margins.name) == len(shares) else "sum to at most 1"
        raise ConfigError(f"shares of sources must {rule}; got {total:g}")
    return margins


def _check_sums(counts: Counts, found: FixedShares) -> None:
    has_free = np.bincount(found.group[found.free], minlength=len(found.group_share)) > 0
    for place in np.flatnonzero((found.group_share < -_CLOSE) | (~has_free & (found.group_share > _CLOSE))).tolist():
        left = found.group_share[place]
        over = left < 0
        if place < len(counts.classes):
            label = counts.classes[place]
            raise ConfigError(
                f"the shares of the sources of class {label} must {'not pass' if over else 'sum to'} the share of the "
                f"class; they {'pass' if over else 'miss'} it by {abs(left):g}"
            )
        rule = "sum to at most 1" if over else "sum to 1 where they name every class"
        raise ConfigError(f"shares must {rule}; got {1 - left:g}")
    np.maximum(found.group_share, 0.0, out=found.group_share)
