"""Twenty quota shapes, from one cell to thousands, that orders are judged by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]


def quota_shapes() -> dict[str, tuple[I64, int]]:
    """Name -> (quotas, total batch)."""
    chance = np.random.default_rng(0)

    def pareto(shape: float, scale: float, num: int) -> I64:
        return np.maximum(1, chance.pareto(shape, num) * scale).astype(np.int64)

    shapes = {
        "one cell": ([1000], 64),
        "two equal": ([5000, 5000], 64),
        "three equal": ([7001] * 3, 256),
        "seven equal, odd batch": ([7001] * 7, 97),
        "ten equal": ([5000] * 10, 256),
        "a thousand equal": ([50] * 1000, 256),
        "five thousand images of their own": ([1] * 5000, 64),
        "a giant and images of their own": ([100_000] + [1] * 999, 256),
        "a giant of 99 percent": ([100_000] + [10] * 100, 256),
        "two giants and images of their own": ([50_000, 49_900] + [1] * 100, 256),
        "head of fifty, tail of five hundred": ([1000] * 50 + [100] * 500, 256),
        "nested thirds": ([33_333] * 2 + [11_111] * 3 + [3703] * 3 + [1234] * 3 + [411] * 3, 256),
        "powers of two": (2 ** np.arange(17), 256),
        "one percent apart": (np.round(1.01 ** np.arange(1000)), 256),
        "linear": (np.arange(1, 500), 256),
        "Pareto 1.0": (pareto(1.0, 30, 1000), 256),
        "Pareto 0.8, three thousand": (pareto(0.8, 10, 3000), 256),
        "Pareto 1.5, small batch": (pareto(1.5, 40, 300), 8),
        "Pareto 1.0, large batch": (pareto(1.0, 100, 500), 4096),
        "log-normal": (np.maximum(1, chance.lognormal(2, 2, 2000)), 200),
    }
    return {name: (np.asarray(quota).astype(np.int64), batch) for name, (quota, batch) in shapes.items()}


def deviations(cell: I64, quota: I64, batch: int) -> tuple[float, float]:
    """Largest distance from ideal of any cell, in any batch and at any batch boundary.

    Args:
        cell: int64 (epoch size,), in order.
        quota: int64 (K,).
        batch: Places per batch.
    """
    total, num_cells = len(cell), len(quota)
    share = quota / total
    in_batch = at_boundary = 0.0
    drawn = np.zeros(num_cells)
    for first in range(0, total, 100 * batch):
        part = cell[first : first + 100 * batch]
        step = np.arange(len(part)) // batch
        num_steps = int(step[-1]) + 1
        counts = np.bincount(step * num_cells + part, minlength=num_steps * num_cells).reshape(num_steps, num_cells)
        sizes = np.bincount(step)
        in_batch = max(in_batch, np.abs(counts - sizes[:, None] * share).max())
        ends = first + np.cumsum(sizes)
        at_boundary = max(at_boundary, np.abs(drawn + counts.cumsum(axis=0) - ends[:, None] * share).max())
        drawn += counts.sum(axis=0)
    return in_batch, at_boundary
