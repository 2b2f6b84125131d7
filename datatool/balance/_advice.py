"""Rules 1 and 2 of question 4.1 of the PaddleClas FAQ, and other remarks about a plan, each with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers import Counts, swollen_by_synthetic
from datatool.schemas import SYNTHETIC, Advice, Cells, ConfigError
from datatool.schemas.allocation import median

if TYPE_CHECKING:
    from datatool.audit import CellRows

VAL: Final = "val"
SWOLLEN: Final = "W601"
_SAME_ORDER: Final = 10.0  # largest class over smallest
_MANY_REPEATS: Final = 10


def swollen_classes(counts: Counts, /) -> NDArray[np.bool_]:
    """Bool (C,): the classes that rule 1 is about."""
    return swollen_by_synthetic(counts.class_rows, _synthetic_rows(counts))


def swollen_weight(counts: Counts, /) -> NDArray[np.float64]:
    """Rule 1's weight of each class, float64 (C,): sqrt(median rows / rows) where it is swollen, else 1."""
    weight = np.sqrt(median(counts.class_rows) / counts.class_rows)
    return np.where(swollen_classes(counts), weight, 1.0)


def _synthetic_rows(counts: Counts) -> NDArray[np.float64]:
    return counts.per_class(np.where(counts.synthetic, counts.num_rows, 0))


def check_accept(accept: tuple[str, ...], /) -> None:
    """Raise ConfigError for a code that has nothing to apply."""
    for code in accept:
        if code != SWOLLEN:
            raise ConfigError(f"--accept must be {SWOLLEN}, the one advice with a weight to apply; got '{code}'")


def rule_1(counts: Counts, accept: tuple[str, ...], /) -> list[Advice]:
    """A class swollen past the others by synthetic rows shall weigh less."""
    middle = median(counts.class_rows)
    weight = swollen_weight(counts)
    made = _synthetic_rows(counts)
    found = []
    for place in np.flatnonzero(swollen_classes(counts)).tolist():
        label, rows = int(counts.classes[place]), float(counts.class_rows[place])
        real = rows - made[place]
        done = f"its weight is {weight[place]:.2g}" if SWOLLEN in accept else f"a weight of {weight[place]:.2g} is due"
        found.append(
            Advice(
                rule="Q4.1 rule 1",
                code=SWOLLEN,
                label=label,
                message=f"class {label} has {rows:,.0f} rows, {rows / middle:.1f}x the median, {made[place]:,.0f} of "
                f"them synthetic beside {real:,.0f} real: {done}",
                numbers={"rows": rows, "median": middle, "synthetic": float(made[place]), "real": real,
                         "weight": float(weight[place])},
                options=[] if SWOLLEN in accept else [f"--accept {SWOLLEN}", "--synthetic-cap 3"],
            )
        )  # fmt: skip
    return found


def rule_2(counts: Counts, strategy: str, real_in_val: frozenset[int] | None, /) -> list[Advice]:
    """A class of synthetic rows only is left alone within an order of magnitude, and must be checked on real images.

    Args:
        counts: Rows of each cell.
        strategy: The strategy's name.
        real_in_val: Classes with real rows in val; None if there is no val.
    """
    only = counts.per_class(~counts.synthetic) == 0
    if not only.any() or only.all():
        return []
    ratio = float(counts.class_rows.max() / counts.class_rows.min())
    close = ratio <= _SAME_ORDER
    found = []
    for place in np.flatnonzero(only).tolist():
        label = int(counts.classes[place])
        verdict = "within an order of magnitude, so it needs no balancing" if close else "past an order of magnitude"
        if real_in_val is None:
            check = "check its recall on real images: give --split val=LIST"
        elif label in real_in_val:
            check = "check its recall on the real images of val"
        else:
            check = "val has no real image of it, so nothing can show whether it is recognised (W603)"
        found.append(
            Advice(
                rule="Q4.1 rule 2",
                code="I602",
                label=label,
                message=f"class {label} is all synthetic ({counts.class_rows[place]:,.0f} rows); the largest class is "
                f"{ratio:.1f}x the smallest, {verdict}; {check}",
                numbers={"rows": float(counts.class_rows[place]), "max_over_min": ratio},
                options=["--strategy natural"] if close and strategy != "natural" else [],
            )
        )
    return found


def repeat_advice(cells: Cells, /, *, strategy: str, max_repeat: int | None) -> list[Advice]:
    """Rows drawn more than ten times an epoch: the model may learn them by heart."""
    repeat = -(-cells.quota // cells.num_rows)
    many = np.flatnonzero(repeat > _MANY_REPEATS)
    if not len(many):
        return []
    worst = int(many[repeat[many].argmax()])
    options = [f"--max-repeat {_MANY_REPEATS}", *(["--strategy sqrt"] if strategy == "oversample" else [])]
    more = f", and {len(many) - 1:,} more" if len(many) > 1 else ""
    return [
        Advice(
            rule="repeats",
            label=int(cells.label[worst]),
            message=f"{_said(cells, worst)} drawn up to {repeat[worst]:,} times an epoch{more}; over "
            f"{_MANY_REPEATS} a model learns images by heart",
            numbers={"cells": float(len(many)), "max_repeat": float(repeat[worst])},
            options=[] if max_repeat is not None else options,
        )
    ]


def _said(cells: Cells, worst: int) -> str:
    kind, place = cells.source[worst], f"of class {cells.label[worst]}"
    rows = int(cells.num_rows[worst])
    return f"the only {kind} row {place} is" if rows == 1 else f"the {rows:,} {kind} rows {place} are"


def classes_of_val(cells: CellRows, /) -> NDArray[np.int64]:
    """Sorted classes with rows in val, int64 (N,); none where there is no val."""
    return np.array(list(cells.get(VAL, {})), np.int64)


def real_classes_of_val(cells: CellRows, /) -> frozenset[int] | None:
    """Classes with real rows in val; None if there is no val."""
    if not cells.get(VAL):
        return None
    return frozenset(label for label, sources in cells[VAL].items() if sources.keys() - {SYNTHETIC})
