"""Limits on how often a row is drawn: `--max-repeat` and `--synthetic-cap`, by water-filling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.allocation._shares import FixedShares
from datatool.samplers.allocation._text import classes_text
from datatool.schemas import PlanError
from datatool.schemas.allocation import Counts, Limits, water_fill

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Capped:
    """Ideal draws within the limits.

    Attributes:
        ideal: float64 (K,).
        notes: What did not find room, in words.
    """

    ideal: Floats
    notes: tuple[str, ...]


def cap_ideal(ideal: Floats, counts: Counts, limits: Limits, fixed: FixedShares, /, *, fixed_length: bool) -> Capped:
    """Keep ideal draws within the limits; what passes them goes to the same class first, then to the others.

    Args:
        ideal: float64 (K,).
        counts: The cells.
        limits: What to keep to.
        fixed: Shares that are not for others to fill.
        fixed_length: Whether the sum must stay. Otherwise no class gets more than it was meant to have, and the epoch
            is shorter.

    Raises:
        PlanError: If a fixed share passes its limit, or all limits together are below a fixed length.
    """
    free = fixed.free
    _check_fixed_cells(ideal, counts, limits, free)
    klass = counts.class_index
    open_ideal = np.where(free, ideal, 0.0)
    wanted = counts.per_class(open_ideal)
    room = limits.classes(open_ideal, klass, len(counts.classes)).astype(np.float64) * limits.unit
    _check_fixed_classes(counts, wanted, room, fixed)
    given = np.minimum(wanted, room)
    if fixed_length:
        group = np.where(fixed.class_fixed, np.arange(len(wanted)), len(wanted))
        total = np.bincount(group, weights=wanted, minlength=len(wanted) + 1).astype(np.float64)
        given = water_fill(wanted, room, total, group)
        if (lost := wanted.sum() - given.sum()) > 1e-6 * max(wanted.sum(), 1):
            raise PlanError(
                f"an epoch of {round(ideal.sum()):,} draws must fit the limits; "
                f"they leave room for {round(ideal.sum() - lost):,}",
                hint="raise --max-repeat or --synthetic-cap, or lower --epoch-size",
            )
    cells = water_fill(open_ideal, _cell_caps(limits, given, counts), given, klass)
    return Capped(ideal=np.where(free, cells, ideal), notes=_notes(counts, wanted, room, fixed_length))


def _cell_caps(limits: Limits, class_total: Floats, counts: Counts) -> Floats:
    """Caps of cells as real numbers, given real class totals."""
    cap = (limits.cap // limits.unit * limits.unit).astype(np.float64)
    if limits.synthetic_cap is None:
        return cap
    real = counts.per_class(~counts.synthetic) > 0
    allowed = np.where(real, class_total * (limits.synthetic_cap / (1 + limits.synthetic_cap)), np.inf)
    return np.where(counts.synthetic, np.minimum(cap, allowed[counts.class_index]), cap)


def _check_fixed_cells(ideal: Floats, counts: Counts, limits: Limits, free: NDArray[np.bool_]) -> None:
    for cell in np.flatnonzero(~free & (ideal > limits.cap + 0.5)).tolist():
        raise PlanError(
            f"class {counts.label[cell]}/{counts.source[cell]} must have {ideal[cell]:,.0f} draws by its share; "
            f"--max-repeat allows {limits.cap[cell]:,} from {counts.num_rows[cell]:,} rows"
        )


def _check_fixed_classes(counts: Counts, wanted: Floats, room: Floats, fixed: FixedShares) -> None:
    for place in np.flatnonzero(fixed.class_fixed & (wanted > room + 0.5)).tolist():
        raise PlanError(
            f"class {counts.classes[place]} must have {wanted[place]:,.0f} draws by its share; "
            f"--max-repeat and --synthetic-cap allow {room[place]:,.0f} from {counts.class_rows[place]:,.0f} rows"
        )


def _notes(counts: Counts, wanted: Floats, room: Floats, fixed_length: bool) -> tuple[str, ...]:
    short = wanted > room + 0.5
    if not short.any():
        return ()
    missing = (wanted - room)[short]
    text = f"limits hold {classes_text(counts.classes[short])} below the strategy, by {missing.sum():,.0f} draws"
    if len(missing) > 1:
        text += f" (most: class {counts.classes[short][missing.argmax()]}, {missing.max():,.0f})"
    end = "the other classes have them" if fixed_length else "the epoch is shorter by them"
    return (f"{text}; {end}",)
