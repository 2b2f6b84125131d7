"""`--per-batch P:K`: P classes of K images in every batch, for losses that compare images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import PlanError, plural
from datatool.schemas.allocation import Counts


def check_per_batch(quota: NDArray[np.int64], counts: Counts, per_batch: tuple[int, int], /) -> None:
    """Refuse quotas that no sequence of such batches can meet.

    With B batches a class can have at most B groups of K, and those that have B must all fit into the last batch, which
    may be short. By the theorem of Gale and Ryser this is also enough: fill the last batch with the largest classes.

    Args:
        quota: int64 (K,), multiples of K.
        counts: The cells.
        per_batch: (P, K).

    Raises:
        PlanError: Naming the class with the most draws and the number that would fit.
    """
    num_classes, num_images = per_batch
    groups = (counts.per_class(quota) / num_images).astype(np.int64)
    present = int((groups > 0).sum())
    if present < num_classes:
        raise PlanError(
            f"--per-batch must ask for at most {plural(present, 'class')}, the number that are drawn; got {num_classes}"
        )
    total = int(groups.sum())
    num_batches = -(-total // num_classes)
    last = total - (num_batches - 1) * num_classes
    most = int(groups.argmax())
    full = int((groups == num_batches).sum())
    if groups[most] <= num_batches and full <= last:
        return
    fits = (num_batches if groups[most] > num_batches else num_batches - 1) * num_images
    raise PlanError(
        f"with --per-batch {num_classes}:{num_images} a class must have at most {fits:,} of {total * num_images:,} "
        f"draws, once a batch; class {counts.classes[most]} has {groups[most] * num_images:,}",
        hint="balance more (oversample, sqrt), or ask for fewer classes per batch",
    )
