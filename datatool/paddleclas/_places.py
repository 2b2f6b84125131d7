"""Which index of PaddleClas's data set each row of a plan has; an error where list and plan differ."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from datatool.adapters import list_index
from datatool.errors import PlanError
from datatool.schemas import Plan

_CHUNK: Final = 4096  # rows read at a time
_AGAIN: Final = "balance the YAML again with datatool paddleclas balance"


def places(plan: Plan, images: Sequence[str], labels: Sequence[Any], /) -> NDArray[np.int64]:
    """The index in a data set of each row of a plan, int64 (num_rows,).

    Args:
        plan: A plan of the data set's list.
        images: Paths as the data set opens them, in the order of its list.
        labels: Their classes.

    Raises:
        PlanError: If the data set has other rows than the plan.
    """
    if len(images) != plan.num_rows or len(labels) != plan.num_rows:
        raise PlanError(
            f"a plan must be of the list that PaddleClas reads; it has {plan.num_rows:,} rows and the list "
            f"{len(images):,}",
            file=plan.folder,
            hint=_AGAIN,
        )
    index = list_index(plan)
    given = np.asarray([int(label) for label in labels], np.int64)
    for start in range(0, plan.num_rows, _CHUNK):
        numbers = np.arange(start, min(start + _CHUNK, plan.num_rows))
        _compare(plan, numbers, index, images, given)
    return index


def _compare(
    plan: Plan, numbers: NDArray[np.int64], index: NDArray[np.int64], images: Sequence[str], labels: NDArray[np.int64]
) -> None:
    read = plan.rows(numbers)
    places: list[int] = index[numbers].tolist()
    for place, path, root, label in zip(places, read.path, read.root, read.label.tolist(), strict=True):
        ours, theirs = os.path.join(root, path), images[place]
        if labels[place] != label or _same_place(ours) != _same_place(theirs):
            raise PlanError(
                f"a plan must be of the list that PaddleClas reads; its line {place + 1} is '{theirs}' of class "
                f"{labels[place]}, the plan has '{ours}' of class {label}",
                file=plan.folder,
                hint=_AGAIN,
            )


def _same_place(path: str) -> str:
    return os.path.normpath(os.path.abspath(path))
