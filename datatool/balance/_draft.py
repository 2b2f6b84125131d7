"""A plan in memory: everything but the folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.balance._advice import (
    SWOLLEN,
    check_accept,
    classes_of_val,
    real_classes_of_val,
    repeat_advice,
    rule_1,
    rule_2,
    swollen_classes,
    swollen_weight,
)
from datatool.balance._cells_file import cell_shares, cell_weights, read_cells_file
from datatool.balance._exclude import leave_out_unreadable
from datatool.balance._feedback import check_classes, feedback_advice, read_eval
from datatool.balance._guard import split_to_balance
from datatool.balance._kept import KeptRows
from datatool.balance._options import COUNTS, UNIQUE, BalanceOptions
from datatool.balance._places import check_places
from datatool.balance._targets import parse_target
from datatool.balance._unique import leave_out_copies
from datatool.rows import Rows, require_conserved
from datatool.samplers import (
    WEIGHTS,
    CellShares,
    Counts,
    Modifiers,
    Share,
    Strategy,
    allocate,
    classes_text,
    normalise_weights,
    parse_strategy,
    parse_weights,
)
from datatool.schemas import Advice, Cells, ConfigError, DatasetError

if TYPE_CHECKING:
    from datatool.audit import CellRows
    from datatool.schemas import EvalDocument

_LITTLE: Final = "256MiB"  # what DuckDB needs to stream a table from disk with two threads


@dataclass(frozen=True, kw_only=True, eq=False)
class Draft:
    """What a plan will say.

    Attributes:
        split: The split it is made of.
        cells: Cells with quotas and weights.
        strategy: As `plan.json` has it.
        seed: Decides between equal remainders.
        class_num: Largest id of any split, class folder or given name + 1.
        names: Class names.
        skipped_rows: Rows left out.
        was_read: Whether the images were read.
        notes: What could not be met.
        advice: Remarks with numbers.
        flags: Options of `datatool balance` that shape no quota, but without which it would refuse these rows.
        kept: Its rows, where they were kept while they were counted.
    """

    split: str
    cells: Cells
    strategy: dict[str, Any]
    seed: int
    class_num: int
    names: dict[int, str] | None
    skipped_rows: int
    was_read: bool
    notes: tuple[str, ...]
    advice: tuple[Advice, ...]
    flags: tuple[str, ...] = ()
    kept: KeptRows | None = None

    @property
    def epoch_size(self) -> int:
        """Draws of an epoch."""
        return int(self.cells.quota.sum())

    @property
    def prior(self) -> dict[int, float]:
        """Share of each class with rows in epoch 0."""
        shares = self.cells.per_class(self.cells.quota) / self.epoch_size
        return dict(zip(self.cells.classes.tolist(), shares.tolist(), strict=True))


def draft_plan(rows: Rows, /, *, strategy: str, seed: int, options: BalanceOptions, keep_rows: bool = False) -> Draft:
    """Work a plan out without writing anything of it.

    Args:
        rows: What to balance.
        strategy: `natural`, `oversample`, `power:0.5` and so on.
        seed: Decides between equal remainders.
        options: Everything else.
        keep_rows: Whether the plan will be written: rows of lists are then kept on the way, and not parsed again.

    Raises:
        FindingsError: If the rows have findings that stop it.
        PlanError: If no quotas meet what was asked.
        ConfigError: If an option is not understood.
    """
    from datatool.audit import count_cells, require_clean

    check_accept(options.accept)
    split = split_to_balance(rows.dataset, force=options.force)
    check_places(rows)
    changes = options.skip_faulty or options.findings is not None or options.count == UNIQUE
    if changes or not rows.is_cheap_to_pass:
        rows.read()
    kept = KeptRows(rows, split=split) if keep_rows and not rows.is_read else None
    with _spilled(rows):
        skipped, held = require_clean(
            rows,
            skip_faulty=options.skip_faulty,
            allow_outside_root=options.allow_outside_root,
            keeper=kept,
        )
    notes: tuple[str, ...] = ()
    if options.findings is not None:
        unreadable, notes = leave_out_unreadable(rows.read(), options.findings)
        skipped += unreadable
    if options.count == UNIQUE:
        from datatool.audit.images import open_engine  # decoders, which rows do not need

        copies, said = leave_out_copies(rows.read(), split=split, engine=open_engine(None))
        skipped, notes = skipped + copies, (*notes, *said)
    if options.findings is not None or options.count == UNIQUE:
        held = count_cells(rows)
    usable = sum(sum(sources.values()) for classes in held.values() for sources in classes.values())
    require_conserved(read=rows.num_lines, written=usable, left_out=skipped)
    counts = _counts(held, split)
    chosen, margins = _strategy(strategy, options, counts, rows.names)
    modifiers = _modifiers(options, rows.names, margins)
    allocation = allocate(counts, chosen, modifiers, seed=seed)
    entry = _entry(strategy, options, modifiers)
    if allocation.last is not None:
        entry["epochs"] = allocation.epochs
        entry["ends"] = [allocation.ideal.tolist(), allocation.last.tolist()]
    cells = Cells(
        label=counts.label,
        source=counts.source,
        num_rows=counts.num_rows,
        quota=allocation.quota,
        weight=_weights(options, counts, allocation.quota, rows.names),
    )
    ids = [label for classes in held.values() for label in classes]
    return Draft(
        split=split,
        cells=cells,
        strategy=entry,
        seed=seed,
        class_num=rows.class_num(min(ids), max(ids)),
        names=None if rows.names is None else dict(rows.names),
        skipped_rows=skipped,
        was_read=options.count == UNIQUE,
        notes=(
            *notes,
            *_idle(counts, options),
            *_without_effect(cells, entry),
            *allocation.notes,
            *_unmeasured(held, counts),
        ),
        advice=tuple(_advice(rows, held, counts, cells, chosen.name, options)),
        flags=tuple(
            flag
            for flag, on in (
                ("--skip-faulty", options.skip_faulty),
                ("--allow-outside-root", options.allow_outside_root),
                ("--force", options.force),
            )
            if on
        ),
        kept=kept,
    )


@contextlib.contextmanager
def _spilled(rows: Rows) -> Iterator[None]:
    """Keep a table of rows on disk while the audit holds its keys: together they pass 2 GiB at 43 M rows."""
    if not rows.is_read:
        yield
        return
    connection = rows.read()
    [(limit,)] = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    connection.execute(f"SET memory_limit = '{_LITTLE}'")
    try:
        yield
    finally:
        connection.execute(f"SET memory_limit = '{limit}'")


def _counts(held: CellRows, split: str) -> Counts:
    """Rows of each (class, source) of a split, in the order of the index.

    Raises:
        DatasetError: If there are none.
    """
    cells = [
        (label, source, rows) for label, sources in held.get(split, {}).items() for source, rows in sources.items()
    ]
    if not cells:
        raise DatasetError(f"a plan must have rows; the split '{split}' has none left")
    label, source, num_rows = zip(*cells, strict=True)
    return Counts(label=np.array(label, np.int64), source=source, num_rows=np.array(num_rows, np.int64))


def _strategy(
    text: str, options: BalanceOptions, counts: Counts, names: Mapping[int, str] | None
) -> tuple[Strategy, tuple[Share, ...]]:
    """The strategy, and shares of sources that come with it."""
    if not text.startswith(f"{CellShares.name}:"):
        return parse_strategy(text, target=options.target), ()
    if options.target is not None:
        raise ConfigError(f"--target must go with --strategy oversample; got '{text}'")
    file = Path(text.removeprefix(f"{CellShares.name}:"))
    share, margins = cell_shares(read_cells_file(file, "share", names), counts, file=file)
    return CellShares(share=share), margins


def _modifiers(options: BalanceOptions, names: Mapping[int, str] | None, margins: tuple[Share, ...]) -> Modifiers:
    targets = [parse_target(text, names, option="--share") for text in options.shares]
    return Modifiers(
        epoch_size=options.epoch_size,
        shares=(*(Share(label=one.label, source=one.source, share=one.value) for one in targets), *margins),
        max_repeat=options.max_repeat,
        synthetic_share=options.synthetic_share,
        synthetic_cap=options.synthetic_cap,
        per_batch=options.per_batch,
    )


def _entry(strategy: str, options: BalanceOptions, modifiers: Modifiers) -> dict[str, Any]:
    """`strategy` of `plan.json`: the name, and every option that shaped quotas or weights."""
    given = {
        "target": options.target,
        "epoch_size": options.epoch_size,
        "shares": {str(share): share.share for share in modifiers.shares} or None,
        "max_repeat": options.max_repeat,
        "synthetic_share": options.synthetic_share,
        "synthetic_cap": options.synthetic_cap,
        "per_batch": None if options.per_batch is None else list(options.per_batch),
        "count": None if options.count == COUNTS[0] else options.count,
        "weights": None if options.weights == "none" else options.weights,
        "weight": list(options.weight) or None,
        "accept": list(options.accept) or None,
    }
    return {"name": strategy} | {key: value for key, value in given.items() if value is not None}


def _weights(
    options: BalanceOptions, counts: Counts, quota: NDArray[np.int64], names: Mapping[int, str] | None
) -> NDArray[np.float64]:
    """Weight of each cell, mean 1 over the epoch."""
    name = options.weights.partition(":")[0]
    if name not in WEIGHTS and Path(options.weights).is_file():
        file = Path(options.weights)
        weight = cell_weights(read_cells_file(file, "weight", names), counts, file=file)
    else:
        # A class that is not drawn counts as drawn once: its weight then stays finite, and is never used.
        draws = np.maximum(counts.per_class(quota), 1.0)
        weight = parse_weights(options.weights)(draws)[counts.class_index]
    if SWOLLEN in options.accept:
        weight = weight * swollen_weight(counts)[counts.class_index]
    source = np.array(counts.source)
    for text in options.weight:
        one = parse_target(text, names, option="--weight")
        cells = (source == one.source) if one.source is not None else np.ones(len(source), np.bool_)
        cells &= (counts.label == one.label) if one.label is not None else np.True_
        if not cells.any():
            raise ConfigError(f"--weight must name something with rows; got '{text}'")
        with np.errstate(over="ignore"):  # infinite weights are refused below
            weight = np.where(cells, weight * one.value, weight)
    return normalise_weights(weight, quota)


def _idle(counts: Counts, options: BalanceOptions) -> list[str]:
    """Options that have nothing to act on."""
    notes = []
    if options.accept and not swollen_classes(counts).any():
        notes.append(f"--accept {SWOLLEN} has nothing to apply: no class is swollen by synthetic rows")
    if options.synthetic_cap is not None:
        only = counts.classes[counts.per_class(~counts.synthetic) == 0]
        if not counts.synthetic.any():
            notes.append("--synthetic-cap has nothing to limit: no row is synthetic")
        elif len(only):
            notes.append(f"--synthetic-cap leaves alone what has no real rows: {classes_text(only)}")
    return notes


def _without_effect(cells: Cells, entry: dict[str, Any]) -> list[str]:
    """A strategy that draws what `natural` draws, and weighs it alike, was hardly meant to."""
    same = np.array_equal(cells.quota, cells.num_rows) and np.ptp(cells.weight) == 0 and "ends" not in entry
    if not same or entry["name"] == "natural":
        return []
    return [f"{entry['name']} changes nothing here: every row is drawn once an epoch, as with natural"]


def _unmeasured(held: CellRows, counts: Counts) -> list[str]:
    """Classes that are trained and that val says nothing of."""
    in_val = classes_of_val(held)
    if not len(in_val):
        return []
    without = np.setdiff1d(counts.classes, in_val)
    if not len(without):
        return []
    return [f"val has no row of {classes_text(without)}: their recall will not be known"]


def _read_feedback(file: Path | None, rows: Rows, counts: Counts) -> EvalDocument | None:
    if file is None:
        return None
    document = read_eval(file)
    check_classes(document, file, labels=counts.classes.tolist(), names=rows.names)
    return document


def _advice(
    rows: Rows, held: CellRows, counts: Counts, cells: Cells, strategy: str, options: BalanceOptions
) -> list[Advice]:
    advice = rule_1(counts, options.accept)
    advice += rule_2(counts, strategy, real_classes_of_val(held))
    if options.feedback is not None:
        made = frozenset(counts.label[counts.synthetic].tolist())
        after, before = (_read_feedback(file, rows, counts) for file in (options.feedback, options.before))
        assert after is not None
        advice += feedback_advice(after, before, made)
    elif options.before is not None:
        raise ConfigError("--before must go with --feedback, the run it is compared with")
    return advice + repeat_advice(cells, strategy=strategy, max_repeat=options.max_repeat)
