"""How sure a model is of pictures, counted."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import numpy as np

from datatool.deploy._predict import predict
from datatool.deploy._predictor import Predictor
from datatool.rows import open_rows
from datatool.schemas import TRAIN, Dataset

_LOG: Final = logging.getLogger("datatool.audit")
_BINS: Final = 10
_MOST: Final = 10_000  # pictures; more show no smaller change that would matter


def confidences(model: Path, dataset: Dataset, /) -> dict[str, int]:
    """Highest scores of an exported model on the images of train, or of the only split.

    Of more than 10,000 images as many are taken, evenly over the list.

    Args:
        model: A folder that `datatool export` wrote.
        dataset: From `datatool.rows.resolve`.

    Returns:
        Bin such as "0.9 to 1.0" -> images in it; unreadable ones are counted nowhere and named in a warning.

    Raises:
        DatatoolError: If the model cannot be opened or the data set not be read.
    """
    with open_rows(dataset) as rows:
        found = rows.read().execute(
            f"SELECT {rows.place}, split::VARCHAR FROM rows ORDER BY file, line"  # noqa: S608 - ours
        )
        listed = found.fetchall()
    splits = {split for _, split in listed}
    wanted = [path for path, split in listed if split == TRAIN or len(splits) == 1]
    chosen = [wanted[at] for at in np.unique(np.linspace(0, len(wanted) - 1, min(len(wanted), _MOST)).astype(np.int64))]
    counts = np.zeros(_BINS, np.int64)
    bad = 0
    for one in predict(Predictor.open(model), chosen, topk=1) if chosen else ():
        if one.error is None:
            counts[min(int(one.scores[0] * _BINS), _BINS - 1)] += 1
        else:
            bad += 1
    if bad:
        _LOG.warning("%s images cannot be read: their confidences are not counted", f"{bad:,}")
    return {f"{at / _BINS:.1f} to {(at + 1) / _BINS:.1f}": int(count) for at, count in enumerate(counts) if count}
