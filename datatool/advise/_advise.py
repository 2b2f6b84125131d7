"""Rows to advice."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.advise._cross import NUM_FOLDS, Folds, is_large, make_folds
from datatool.advise._growth import ERROR, FACTOR, grow
from datatool.advise._judge import judge
from datatool.advise._objective import DEPLOY, TOP1, Objective, make_objective
from datatool.advise._options import DEFAULTS, MIN_ROWS, AdviseOptions
from datatool.advise._parent_column import parent_column
from datatool.advise._parents import Parents, find_parents
from datatool.advise._synthetic import try_shares
from datatool.advise._ways import (
    CORRECTED,
    DEFAULT_WAYS,
    LARGE_WAYS,
    LOGIT_ADJUST,
    NATURAL,
    Way,
    is_even,
    parse_way,
    same_groups,
)
from datatool.advise._write import check_target, command_line, write_advice
from datatool.audit import require_clean
from datatool.probe import Backbone, Probe, ProbeRows, open_probe, probe_rows
from datatool.rows import Rows
from datatool.schemas import (
    TRAIN,
    AdviseClass,
    AdviseDocument,
    AdviseGrowth,
    AdviseSynthetic,
    DatasetError,
    and_more,
    sole_writer,
)

_LOG: Final = logging.getLogger("datatool.advise")
_ALWAYS: Final = (
    "how many more pictures a single class needs: not predictable, measured",
    f"what more than {2 * FACTOR} times the pictures would give",
    "what training beyond the head would give: only the frozen backbone was looked at",
)
_MAX_NAMED: Final = 5  # classes in a sentence


def advise(
    rows: Rows,
    backbone: Backbone,
    /,
    *,
    options: AdviseOptions = DEFAULTS,
    out: Path | None = None,
    home: Path | None = None,
) -> AdviseDocument:
    """Find out on the training rows what balancing, synthetic rows and more pictures would give.

    Args:
        rows: From `open_rows`; those of the split `train` are looked at.
        backbone: From `datatool.probe.settle_backbone`.
        options: Objective, ways and seed.
        out: A folder for `advise.json`, `recipe.yaml` and `advise.html`, whole or not at all.
        home: Where features are kept; None is the user's cache folder.

    Raises:
        FindingsError: If rows have findings that would stop `datatool balance`.
        DatasetError: If fewer than two classes have five real rows.
        ConfigError: If an option is not understood, or ``out`` holds something else.
    """
    with contextlib.nullcontext() if out is None else sole_writer(out):
        if out is not None:
            check_target(out)
        rows.read()  # they are needed below, so one pass is enough
        require_clean(rows, skip_faulty=options.skip_faulty, allow_outside_root=options.allow_outside_root)
        found = probe_rows(rows, split=TRAIN, grouping=options.grouping)
        if options.parent is not None and not found.synthetic.any():
            _LOG.warning("--parent is left unused: no row is synthetic")
        objective = _objective(found, options)
        ways = _ways(options, found)
        dataset = rows.dataset.command
        counts = np.bincount(found.place, minlength=len(found.classes))
        if len(counts) > 1 and is_even(counts) and objective.kind != DEPLOY and not found.synthetic.any():
            document = _nothing(found, ways, objective)
        else:
            _require_classes(found)
            with open_probe(found, backbone, home=home, engine=options.engine) as probe:
                document = _advise(probe, ways, options, parent_column(rows), dataset=dataset, out=out)
        if out is not None:
            write_advice(document, backbone, out, dataset=dataset)
    return document


def _ways(options: AdviseOptions, rows: ProbeRows) -> list[Way]:
    default = LARGE_WAYS if is_large(rows) else DEFAULT_WAYS
    named = [parse_way(text) for text in (default if options.strategies is None else options.strategies)]
    own = {NATURAL: Way(name=NATURAL)}
    return list((own | {way.name: way for way in named if way.name != NATURAL}).values())


def _objective(rows: ProbeRows, options: AdviseOptions) -> Objective:
    real = _real(rows)
    classes = [rows.name(label) for label in rows.classes.tolist()]
    return make_objective(options.objective, real, classes, rows.classes.tolist())


def _real(rows: ProbeRows) -> NDArray[np.int64]:
    """Real rows of each class."""
    return np.bincount(rows.place[~rows.synthetic], minlength=len(rows.classes))


def _require_classes(rows: ProbeRows) -> None:
    found = int((_real(rows) >= MIN_ROWS).sum())
    if found < 2:
        raise DatasetError(
            f"advice must have at least two classes of {MIN_ROWS} real rows in train; got {found}",
            hint="collect more pictures; nothing can be told from fewer",
        )


def _nothing(rows: ProbeRows, ways: list[Way], objective: Objective) -> AdviseDocument:
    """A balanced list: every way is the same, and nothing is trained."""
    return AdviseDocument(
        objective=objective.name,
        rows=len(rows),
        classes=_classes(rows, {}),
        backbone=None,
        trainer=None,
        folds=0,
        repeats=0,
        ways=[],
        same=[[*(way.name for way in ways), LOGIT_ADJUST, CORRECTED]],
        recommended=None,
        reason="the classes are balanced: every way is the same, and nothing was trained",
        command=None,
        synthetic=None,
        growth=None,
        refused=list(_ALWAYS),
    )


def _advise(
    probe: Probe,
    ways: list[Way],
    options: AdviseOptions,
    column: dict[str, str],
    *,
    dataset: str,
    out: Path | None,
) -> AdviseDocument:
    rows, seed = probe.rows, options.seed
    objective = _objective(rows, options)  # of what could be read
    parents = find_parents(rows, pattern=options.parent, column=column)
    folds = make_folds(probe, parents.row, seed=seed)
    counts = np.bincount(rows.place, minlength=len(rows.classes))
    same = same_groups(ways, counts)
    doubles = {name for names in same for name in names[1:]}
    found = judge(probe, [way for way in ways if way.name not in doubles], folds, objective, seed=seed)
    synthetic = _synthetic(probe, folds, objective, parents)
    growth = grow(probe, folds, seed=seed)
    document = AdviseDocument(
        objective=objective.name,
        rows=len(rows),
        classes=_classes(rows, found.recall),
        backbone=probe.backbone.recipe.model.backbone,
        trainer=probe.backbone.recipe.run.trainer,
        folds=NUM_FOLDS,
        repeats=len(folds.fold),
        ways=found.ways,
        same=[*same, *_free(objective)],
        recommended=found.chosen,
        reason=found.reason,
        command=None,
        synthetic=synthetic,
        growth=None
        if growth is None
        else AdviseGrowth(factor=FACTOR, value=round(growth[0], 4), gain=round(growth[1], 4), error=ERROR),
        refused=_refused(rows, folds, growth is None, options.strategies is None),
    )
    if document.recommended is None and not (synthetic and synthetic.share):
        return document
    line = command_line(document, options, dataset=dataset, out=out)
    return document.model_copy(update={"command": line})


def _free(objective: Objective) -> list[list[str]]:
    """What the correction of natural's logits is the same as: adjustment is one thing in training and after it."""
    if objective.kind == DEPLOY:
        return []
    return [[NATURAL, CORRECTED]] if objective.kind == TOP1 else [[LOGIT_ADJUST, CORRECTED]]


def _synthetic(probe: Probe, folds: Folds, objective: Objective, parents: Parents) -> AdviseSynthetic | None:
    if not probe.rows.synthetic.any():
        return None
    share, gain, tried = try_shares(probe, folds, objective)
    return AdviseSynthetic(
        share=share,
        gain=round(gain.mean, 4),
        low=round(gain.low, 4),
        high=round(gain.high, 4),
        tried={f"{one:g}": round(difference.mean, 4) for one, difference in tried.items()},
        parents=parents.how,
        num_parents=parents.num_found,
    )


def _classes(rows: ProbeRows, recall: dict[str, NDArray[np.float64]]) -> list[AdviseClass]:
    num = len(rows.classes)
    made = np.bincount(rows.place[rows.synthetic], minlength=num).tolist()
    real = np.bincount(rows.place[~rows.synthetic], minlength=num).tolist()
    return [
        AdviseClass.model_validate(
            {
                "class": label,
                "name": rows.names.get(label),
                "rows": real[place],
                "synthetic": made[place],
                "recall": {way: round(float(values[place]), 4) for way, values in recall.items()}
                if recall and real[place] >= MIN_ROWS and np.isfinite(next(iter(recall.values()))[place])
                else None,
            }
        )
        for place, label in enumerate(rows.classes.tolist())
    ]


def _refused(rows: ProbeRows, folds: Folds, no_growth: bool, by_default: bool) -> list[str]:
    real = np.bincount(rows.place[~rows.synthetic], minlength=len(rows.classes))
    said = []
    if (few := np.flatnonzero((real > 0) & (real < MIN_ROWS))).size:
        said.append(f"recalls of classes under {MIN_ROWS} real rows: {_named(rows, few)}")
    if (without := np.flatnonzero(real == 0)).size:
        said.append(f"any figure of classes without a real row, which are not scored: {_named(rows, without)}")
    if len(folds.held) == 1:
        said.append(f"all {NUM_FOLDS} folds: one split of 80 to 20 stands for them on a set of this size")
        if by_default:
            left = ", ".join(name for name in DEFAULT_WAYS if name not in LARGE_WAYS)
            said.append(f"{left}: three ways are trained on a set of this size; --strategies names others")
    if no_growth:
        said.append("what twice the pictures would give: too few to tell")
    return [*said, *_ALWAYS]


def _named(rows: ProbeRows, places: NDArray[np.int64]) -> str:
    return and_more([rows.name(int(rows.classes[place])) for place in places[:_MAX_NAMED].tolist()], len(places))
