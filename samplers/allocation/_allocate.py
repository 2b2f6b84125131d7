"""From a strategy and its modifiers to whole quotas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.samplers.allocation._capping import cap_ideal
from datatool.samplers.allocation._modifiers import Modifiers
from datatool.samplers.allocation._per_batch import check_per_batch
from datatool.samplers.allocation._shares import FixedShares, find_shares, set_shares
from datatool.samplers.allocation._synthetic_share import set_synthetic_share
from datatool.samplers.allocation._text import cells_text, classes_text
from datatool.samplers.order import MAX_EPOCH_SIZE
from datatool.samplers.strategies import ChangingStrategy, Strategy
from datatool.schemas import PlanError, plural
from datatool.schemas.allocation import Counts, Limits, between, limits_of, round_quotas

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Allocation:
    """Quotas of an epoch.

    Attributes:
        quota: int64 (K,).
        epoch_size: Their sum.
        ideal: float64 (K,), the draws that the quotas round.
        last: float64 (K,), those of the last epoch of a strategy that changes; None for other strategies.
        epochs: The number of epochs until they stay, 1 for other strategies.
        notes: What could not be met, in words.
    """

    quota: NDArray[np.int64]
    epoch_size: int
    ideal: Floats
    last: Floats | None
    epochs: int
    notes: tuple[str, ...]


def allocate(counts: Counts, strategy: Strategy, modifiers: Modifiers | None = None, /, *, seed: int = 0) -> Allocation:
    """Whole quotas of each cell.

    The strategy gives proportions; then synthetic shares inside classes, fixed shares, limits, and rounding, each
    keeping what the ones before it fixed.

    Args:
        counts: The cells.
        strategy: Draws or shares of each cell.
        modifiers: Limits and fixed parts.
        seed: Decides between equal remainders.

    Raises:
        ConfigError: If a modifier names something without rows, or modifiers contradict one another.
        PlanError: If no quotas meet what was asked.

    >>> from datatool.samplers import Oversample
    >>> allocate(Counts.of({0: {"real": 8}, 1: {"real": 2}}), Oversample(), Modifiers(max_repeat=3)).quota
    array([8, 6])
    """
    modifiers = modifiers or Modifiers()
    fixed = find_shares(counts, modifiers.shares)
    first = _ideal(counts, strategy.mass(counts), strategy, modifiers, fixed)
    limits = _limits(counts, modifiers, round(first.ideal.sum()))
    quota = round_quotas(first.ideal, counts.class_index, limits, total=first.total, seed=seed, margins=fixed.margins)
    if modifiers.per_batch is not None:
        check_per_batch(quota, counts, modifiers.per_batch)
    last, epochs = None, 1
    if isinstance(strategy, ChangingStrategy):
        epochs = strategy.epochs
        last = _ideal(counts, strategy.last(counts), strategy, modifiers, fixed).ideal
        if fixed.margins is not None or modifiers.per_batch is not None:  # nothing else fails between feasible ends
            for epoch in range(1, epochs):
                ideal = between(first.ideal, last, epoch=epoch, epochs=epochs)
                _check_epoch(epoch, ideal, counts, modifiers, fixed, seed)
    notes = (*first.notes, *_undrawn(quota, first, counts))
    return Allocation(quota=quota, epoch_size=first.total, ideal=first.ideal, last=last, epochs=epochs, notes=notes)


def _limits(counts: Counts, modifiers: Modifiers, total: int) -> Limits:
    return limits_of(
        counts,
        total=total,
        max_repeat=modifiers.max_repeat,
        synthetic_cap=modifiers.synthetic_cap,
        unit=modifiers.unit,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ideal:
    ideal: Floats
    total: int
    notes: tuple[str, ...]


def _ideal(counts: Counts, mass: Floats, strategy: Strategy, modifiers: Modifiers, fixed: FixedShares) -> _Ideal:
    """Draws of each cell as real numbers, within the limits and summing to the length of the epoch."""
    fixed_length = not strategy.counts_draws or modifiers.epoch_size is not None or bool(modifiers.shares)
    length = modifiers.epoch_size or (round(mass.sum()) if strategy.counts_draws else counts.total)
    if length > MAX_EPOCH_SIZE:
        raise PlanError(
            f"an epoch must be below {MAX_EPOCH_SIZE + 1:,} draws; got {length:,}", hint="give a lower --epoch-size"
        )
    total = length // modifiers.unit * modifiers.unit
    if total == 0:
        raise PlanError(f"an epoch must hold at least one group of --per-batch; got {length} draws")
    ideal = mass * (total / mass.sum())
    notes: tuple[str, ...] = ()
    if total != length:
        notes = (
            f"with --per-batch quotas are multiples of {modifiers.unit}: the epoch has {total:,} draws of {length:,}",
        )
    if modifiers.synthetic_share is not None:
        ideal, unmet = set_synthetic_share(ideal, counts, modifiers.synthetic_share)
        notes += unmet
    if modifiers.shares:
        ideal = set_shares(ideal, counts, fixed)
    limits = _limits(counts, modifiers, total)
    capped = cap_ideal(ideal, counts, limits, fixed, fixed_length=fixed_length)
    if not fixed_length:
        total = round(capped.ideal.sum() / modifiers.unit) * modifiers.unit
    ideal = capped.ideal * (total / capped.ideal.sum())
    return _Ideal(ideal=ideal, total=total, notes=(*notes, *capped.notes))


def _undrawn(quota: NDArray[np.int64], first: _Ideal, counts: Counts) -> tuple[str, ...]:
    """Classes that rounding leaves without draws, and sources of other classes, in words."""
    none = (counts.per_class(quota) == 0) & (counts.per_class(first.ideal) > 0)
    cells = (quota == 0) & (first.ideal > 0) & ~none[counts.class_index]
    epoch = f"an epoch of {plural(first.total, 'draw')}"
    return (
        *([f"{epoch} is too short for {classes_text(counts.classes[none])}: no draws at all"] if none.any() else []),
        *([f"rounding leaves no draw in {epoch} to {cells_text(counts, cells)}"] if cells.any() else []),
    )


def _check_epoch(
    epoch: int, ideal: Floats, counts: Counts, modifiers: Modifiers, fixed: FixedShares, seed: int
) -> None:
    """Raise now what would come up in a later epoch."""
    total = round(ideal.sum())
    limits = _limits(counts, modifiers, total)
    try:
        quota = round_quotas(ideal, counts.class_index, limits, total=total, seed=seed, margins=fixed.margins)
        if modifiers.per_batch is not None:
            check_per_batch(quota, counts, modifiers.per_batch)
    except PlanError as error:
        raise PlanError(f"epoch {epoch}: {error.message}", hint=error.hint) from None
