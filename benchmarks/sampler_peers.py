"""Ways to draw balanced epochs: ours, and those of peers, each as a function that yields batches of row numbers.

Every function takes the rows of each class, the draws of an epoch and the batch size, and returns an iterator over one
epoch's batches; classes stand one after another in row number. The aim is the same number of draws for each class, but
for repeat factors, which have their own aim.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

I64 = NDArray[np.int64]
Batches = Iterator[I64]


def equal_quota(num_classes: int, epoch_size: int) -> I64:
    """As many draws for each class; what is left over goes to the first."""
    quota = np.full(num_classes, epoch_size // num_classes, np.int64)
    quota[: epoch_size - int(quota.sum())] += 1
    return quota


def factors(rows: I64, epoch_size: int) -> NDArray[np.float64]:
    """Draws of each class under repeat factors with the threshold 1 / classes (LVIS, Gupta et al. 2019)."""
    del epoch_size
    share = rows / rows.sum()
    return np.asarray(rows * np.maximum(1.0, np.sqrt(1 / len(rows) / share)))


def datatool(rows: I64, epoch_size: int, batch: int) -> Batches:
    """BalancedSampler over equal quotas."""
    from datatool.samplers import BalancedSampler
    from tests.helpers.memory_plans import memory_plan

    sampler = BalancedSampler(memory_plan(equal_quota(len(rows), epoch_size), rows=rows), batch_size=batch)
    return sampler.epoch(0)


def torch_weighted(rows: I64, epoch_size: int, batch: int) -> Batches:
    """torch.utils.data.WeightedRandomSampler with the weight 1 / (rows of the class)."""
    import torch
    from torch.utils.data import BatchSampler, WeightedRandomSampler

    weights = torch.from_numpy(np.repeat(1.0 / rows, rows))
    sampler = WeightedRandomSampler(weights, epoch_size, generator=torch.Generator().manual_seed(0))  # type: ignore[arg-type]
    return (np.array(indices) for indices in BatchSampler(sampler, batch, drop_last=False))


def imblearn(rows: I64, epoch_size: int, batch: int) -> Batches:
    """imbalanced-learn: undersample classes that have too many rows, oversample the others, shuffle."""
    from imblearn.over_sampling import RandomOverSampler  # type: ignore[import-not-found, unused-ignore]
    from imblearn.under_sampling import RandomUnderSampler  # type: ignore[import-not-found, unused-ignore]

    quota = equal_quota(len(rows), epoch_size)
    labels = np.repeat(np.arange(len(rows)), rows)
    index = np.arange(len(labels))[:, None]
    fewer = dict(enumerate(np.minimum(rows, quota).tolist()))
    index, labels = RandomUnderSampler(sampling_strategy=fewer, random_state=0).fit_resample(index, labels)
    more = dict(enumerate(quota.tolist()))
    index, labels = RandomOverSampler(sampling_strategy=more, random_state=0).fit_resample(index, labels)
    order = np.random.default_rng(0).permutation(index[:, 0])
    return (order[first : first + batch] for first in range(0, len(order), batch))


def repeat_factor(rows: I64, epoch_size: int, batch: int) -> Batches:
    """Repeat factors as published: each image's factor is rounded by chance, the list of the epoch is shuffled."""
    chance = np.random.default_rng(0)
    factor = np.repeat(factors(rows, epoch_size) / rows, rows)
    repeats = np.floor(factor) + (chance.random(len(factor)) < factor % 1)
    indices: list[int] = []
    for row, count in enumerate(repeats.tolist()):
        indices.extend([row] * int(count))
    order = np.array(indices)[chance.permutation(len(indices))]
    return (order[first : first + batch] for first in range(0, len(order), batch))


def p_by_k(rows: I64, epoch_size: int, batch: int) -> Batches:
    """P x K sampling as published (Hermans et al. 2017): classes of a batch by chance, then K = 4 of their images."""
    chance = np.random.default_rng(0)
    start = np.cumsum(rows) - rows
    width = min(batch // 4, len(rows))
    for _ in range(epoch_size // batch):
        classes = chance.choice(len(rows), width, replace=False)
        picks = [
            start[c] + chance.choice(rows[c], min(4, rows[c]), replace=False)
            if rows[c] >= 4
            else start[c] + chance.integers(0, rows[c], 4)
            for c in classes.tolist()
        ]
        yield np.concatenate(picks)


def grain_mix(rows: I64, epoch_size: int, batch: int) -> Batches:
    """Grain: one shuffled, repeated source per class, mixed in equal shares."""
    import grain  # type: ignore[import-not-found, unused-ignore]

    start = np.cumsum(rows) - rows
    sources = [
        grain.MapDataset.range(int(first), int(first + count)).shuffle(seed=number).repeat()
        for number, (first, count) in enumerate(zip(start, rows, strict=True))
    ]
    mixed = grain.MapDataset.mix(sources)
    for first in range(0, epoch_size, batch):
        yield np.array([mixed[place] for place in range(first, min(first + batch, epoch_size))])


PEERS: dict[str, Callable[[I64, int, int], Batches]] = {
    "datatool": datatool,
    "torch WeightedRandomSampler": torch_weighted,
    "imbalanced-learn": imblearn,
    "repeat factors (detectron2's rule)": repeat_factor,
    "P x K (PKSampler's rule)": p_by_k,
    "Grain mix": grain_mix,
}
