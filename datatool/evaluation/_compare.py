"""Two runs on the same pictures: differences with intervals, old classes apart from new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError
from datatool.evaluation._eval_rows import EvalRows
from datatool.evaluation._evaluate import predict_rows, rows_of_classes
from datatool.evaluation._intervals import CONFIDENCE, interval
from datatool.evaluation._open_run import OpenedRun, open_trained
from datatool.evaluation._paired import Pairs, holm, mean_difference, verdict_of
from datatool.evaluation._rules import Rule
from datatool.runs import log
from datatool.schemas import EVAL_SPLITS, CompareDocument, ComparedRun, NewClass, PairedClass, PairedFigure

_SIDES: Final = ("first", "second")


def compare(
    first: Path | str,
    second: Path | str,
    /,
    *,
    list: str | None = None,  # noqa: A002 - the option's name
    checkpoint: str = "newest",
    fail_if: Sequence[str] = (),
) -> CompareDocument:
    """Compare two runs row by row; differences are second - first.

    Rows of classes that both runs know, by name, are paired. Those of classes that only the second knows, as after the
    data has grown, are measured apart; the first run could not but get them wrong.

    Args:
        first: A run folder, the older one.
        second: A run folder.
        list: DATASET, relative to the current folder; default: `data.test` of the second run, else its `data.val`.
        checkpoint: `newest`, `best` or `step_N`, of both.
        fail_if: Rules, as `datatool compare --fail-if` takes them.

    Raises:
        ConfigError: If a folder is no run, there is nothing to compare on, the runs share no class that has rows, or a
            rule cannot be read.
        DatasetError: If the list has classes or images that the second run cannot be measured on.
        CheckpointError: If a checkpoint is missing or torn.
    """
    rules = [Rule.parse(text) for text in fail_if]
    newer, older = open_trained(Path(second), checkpoint=checkpoint), open_trained(Path(first), checkpoint=checkpoint)
    rows, dataset = _rows(newer, list)
    names, place_of = newer.state.names, {name: at for at, name in enumerate(older.state.names)}
    in_older = np.array([place_of.get(name, -1) for name in names], np.int64)[rows.label]
    both = np.flatnonzero(in_older >= 0)
    if not len(both):
        raise ConfigError(
            f"runs to compare must share a class that has rows in '{dataset}'; they share none",
            hint="classes are those of one name: train both on lists with names",
        )
    new_hits = _hits(newer, rows)
    old_hits = np.full(len(rows), -1, np.int8)
    old_hits[both] = _hits(older, replace(rows.at(both), label=in_older[both]))
    paired = both[(new_hits[both] >= 0) & (old_hits[both] >= 0)]
    added = np.flatnonzero((in_older < 0) & (new_hits >= 0))
    classes = _classes(rows.label[paired], old_hits[paired], new_hits[paired])
    fresh = _new(rows.label[added], new_hits[added], names)
    document = CompareDocument(
        first=_about(first, older),
        second=_about(second, newer),
        dataset=dataset,
        rows=len(paired),
        unread=len(rows) - len(paired) - len(added),
        confidence=CONFIDENCE,
        figures=_figures(old_hits[paired], new_hits[paired], classes),
        classes=_paired_classes(classes, names),
        new=fresh,
        new_balanced_accuracy=sum(each.recall for each in fresh) / len(fresh) if fresh else None,
        removed=[name for name in older.state.names if name not in set(names)],
    )
    return document.model_copy(update={"rules": [rule.check(document) for rule in rules]})


def _rows(newer: OpenedRun, dataset: str | None) -> tuple[EvalRows, str]:
    data, base, splits = newer.recipe.data, newer.base, ("test", "val")
    if dataset is not None:
        base = Path.cwd()
    elif data.test is not None:
        dataset = data.test
    elif data.val is not None:
        dataset, splits = data.val, EVAL_SPLITS  # the split that data.val means, which the message is about
        log("compared on data.val, by which runs may have been chosen; --list gives another list")
    else:
        raise ConfigError(
            "there must be a list to compare on; the second run has no data.test", hint="give --list FILE"
        )
    return rows_of_classes(dataset, base=base, classes=newer.state.names, splits=splits), dataset


def _hits(opened: OpenedRun, rows: EvalRows) -> NDArray[np.int8]:
    """Whether a run gets each row right, int8 (N,); -1 where it cannot be read."""
    found = predict_rows(opened.trainer, rows, stage=opened.stage, class_num=opened.state.class_num)
    hits = np.full(len(rows), -1, np.int8)
    hits[found.place] = found.label == found.predicted
    return hits


def _about(run: Path | str, opened: OpenedRun) -> ComparedRun:
    averaged = opened.recipe.optimizer.ema is not None
    return ComparedRun(
        run=str(run),
        step=opened.state.step,
        weights="averaged" if averaged else "last",
        class_num=opened.state.class_num,
    )


def _pairs(old: NDArray[np.int8], new: NDArray[np.int8]) -> Pairs:
    return Pairs(
        total=len(old),
        first=int(old.sum()),
        second=int(new.sum()),
        only_first=int((old > new).sum()),
        only_second=int((new > old).sum()),
    )


def _classes(label: NDArray[np.int64], old: NDArray[np.int8], new: NDArray[np.int8]) -> dict[int, Pairs]:
    """Class -> its rows."""
    order = np.argsort(label, kind="stable")
    present, starts = np.unique(label[order], return_index=True)
    parts = np.split(order, starts[1:])
    return {index: _pairs(old[part], new[part]) for index, part in zip(present.tolist(), parts, strict=True)}


def _figures(old: NDArray[np.int8], new: NDArray[np.int8], classes: dict[int, Pairs]) -> list[PairedFigure]:
    whole = _pairs(old, new)
    low, high = whole.span
    balanced = [sum(getattr(each, side) / each.total for each in classes.values()) / len(classes) for side in _SIDES]
    difference, lowest, highest = mean_difference([*classes.values()])
    return [
        PairedFigure(
            name="top1",
            first=whole.first / whole.total,
            second=whole.second / whole.total,
            difference=whole.difference,
            low=low,
            high=high,
            p=whole.p,
            verdict=verdict_of(low, high, whole.p),
        ),
        PairedFigure(
            name="balanced_accuracy",
            first=balanced[0],
            second=balanced[1],
            difference=difference,
            low=lowest,
            high=highest,
            verdict=verdict_of(lowest, highest),
        ),
    ]


def _paired_classes(classes: dict[int, Pairs], names: Sequence[str]) -> list[PairedClass]:
    adjusted = holm([pairs.p for pairs in classes.values()])
    found = []
    for (index, pairs), p in zip(classes.items(), adjusted, strict=True):
        low, high = pairs.span
        found.append(
            PairedClass.model_validate(
                {
                    "class": index,
                    "name": names[index],
                    "support": pairs.total,
                    "first": pairs.first / pairs.total,
                    "second": pairs.second / pairs.total,
                    "difference": pairs.difference,
                    "low": low,
                    "high": high,
                    "p": p,
                    "verdict": verdict_of(low, high, p),
                    "only_first": pairs.only_first,
                    "only_second": pairs.only_second,
                }
            )
        )
    return found


def _new(label: NDArray[np.int64], hits: NDArray[np.int8], names: Sequence[str]) -> list[NewClass]:
    found = []
    for index in np.unique(label).tolist():
        mine = hits[label == index]
        low, high = interval(int(mine.sum()), len(mine))
        found.append(
            NewClass.model_validate(
                {
                    "class": index,
                    "name": names[index],
                    "support": len(mine),
                    "recall": float(mine.mean()),
                    "low": low,
                    "high": high,
                }
            )
        )
    return found
