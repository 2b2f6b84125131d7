"""The exported model beside the eager one, on real images, before anyone gets it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from datatool.deploy._exported_run import ExportedRun
from datatool.deploy._formats import format_of
from datatool.deploy._logits import Logits
from datatool.deploy._predictor import Predictor, read_meta
from datatool.errors import CheckpointError, ConfigError
from datatool.evaluation import upper_bound
from datatool.models import check_repeats
from datatool.schemas import Verified

_REPEATED: Final = 32  # images that the run's own model is asked for twice
TOLERANCE: Final = 1e-3  # of the largest logit: float32 in another order stays under 1e-4, a wrong model does not


def verify(run: ExportedRun, folder: Path, /, *, tolerance: float = TOLERANCE) -> Verified:
    """Run both, each reading the images by itself, and compare; images that cannot be read are left out.

    Args:
        run: What was exported.
        folder: What was exported of it.
        tolerance: Largest difference of a logit, relative to the largest eager logit.

    Raises:
        CheckpointError: If another class comes first on any image, or a logit differs by more; the worst image named.
            If the run's model itself gives other logits each time, that.
        ConfigError: If no image can be read.
    """
    expected = run.logits(run.rows)
    few = np.arange(min(len(run.rows), _REPEATED))
    check_repeats(expected.values[few], run.logits(run.rows.at(few)).values, tolerance=tolerance)
    meta = read_meta(folder)
    checked = [
        _compare(Predictor(meta=meta, run=program).marked_logits(run.rows.path), expected, run.rows.path, tolerance)
        for program in format_of(folder).to_verify(folder, run)
    ]
    return max(checked, key=lambda each: each.max_abs_diff)


def _compare(actual_logits: Logits, expected_logits: Logits, listed: list[str], tolerance: float) -> Verified:
    read = actual_logits.read & expected_logits.read
    if not read.any():
        raise ConfigError(
            f"a model must be verified on real images before it is exported; none of {len(read)} can be read, "
            f"such as '{listed[0]}'",
            hint="run datatool audit --images on the run's lists",
        )
    actual, expected = actual_logits.values[read], expected_logits.values[read]
    paths = [path for path, good in zip(listed, read.tolist(), strict=True) if good]
    difference = np.abs(actual - expected).max(axis=1)
    same = actual.argmax(axis=1) == expected.argmax(axis=1)
    worst = int(difference.argmax() if same.all() else np.where(same, -1.0, difference).argmax())
    if not np.isfinite(expected).all():
        raise CheckpointError("a run's model must give finite logits to be exported; got NaN or infinity")
    limit = tolerance * float(np.abs(expected).max())
    if not same.all() or not difference.max() <= limit:
        raise CheckpointError(
            f"an exported model must predict as the trained one, within {limit:.2g}; it put another class first on "
            f"{np.count_nonzero(~same)} of {len(same)} images and differs by up to {difference.max():.3g}, "
            f"worst on '{paths[worst]}'",
            hint="nothing was written",
        )
    return Verified(
        images=len(same),
        same_top1=int(same.sum()),
        max_abs_diff=float(difference.max()),
        excluded_rate=upper_bound(len(same) - int(same.sum()), len(same)),
    )
