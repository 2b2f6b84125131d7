"""Outliers, near-duplicates and synthetic rows, on features made for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datatool.suspects._near import nearly_same
from datatool.suspects._outliers import distances, far_out
from datatool.suspects._synthetic import domain_of


def cloud(seed: int, num: int, *, at: float = 0.0, width: int = 16) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    rows: NDArray[np.float32] = (random.normal(size=(num, width)) + 3 + at * np.eye(width)[0]).astype(np.float32)
    return rows


def test_a_cluster_of_foreign_pictures_lies_far_from_the_others() -> None:
    """Ten that are each other's neighbours: k is larger than they are."""
    foreign = (np.eye(16)[5] * 40 + cloud(1, 10) * 0.1).astype(np.float32)
    features = np.concatenate([cloud(0, 400), foreign])
    distance = distances(features, np.arange(len(features)))
    assert distance[400:].min() > distance[:400].max()
    named = np.flatnonzero(far_out(distance)).tolist()
    assert set(range(400, 410)) <= set(named)
    assert len(named) <= 12, "at most 3 % of all"


def test_no_more_than_three_percent_are_called_outliers() -> None:
    distance = np.concatenate([np.ones(80), np.full(20, 9.0)])
    assert far_out(distance).sum() <= 3


def test_a_mirror_image_is_found_by_asking_with_it() -> None:
    """Row 1 is the mirror image of row 0: their own features differ, the mirrored ones cross."""
    features, mirrored = cloud(2, 6, at=9), cloud(3, 6, at=-9)
    features[1], mirrored[1] = mirrored[0], features[0]
    spread = np.arange(1, 17, dtype=np.float32)
    found = nearly_same(features * spread, mirrored * spread, np.arange(6))
    pairs = {
        (row, other): turned
        for row, other, turned in zip(found.row.tolist(), found.other.tolist(), found.mirrored.tolist(), strict=True)
    }
    assert pairs[0, 1]
    assert pairs[1, 0]


def test_two_rows_of_one_file_are_no_near_duplicates() -> None:
    features = np.repeat(cloud(4, 3, at=5), 2, axis=0)
    picture = np.array([0, 0, 1, 2, 3, 3])
    found = nearly_same(features, features[:, ::-1].copy(), picture)
    assert {2, 3} <= set(found.row.tolist())
    assert all(picture[row] != picture[other] for row, other in zip(found.row, found.other, strict=True))


def test_synthetic_rows_of_another_domain_are_told_from_real_ones_and_equal_ones_are_not() -> None:
    synthetic = np.arange(120) >= 60
    same, other = cloud(5, 120), cloud(6, 120)
    other[synthetic, 1] += 4
    apart, alike = domain_of(other, synthetic, seed=0), domain_of(same, synthetic, seed=0)
    assert apart is not None
    assert alike is not None
    assert apart.low > 0.9
    assert alike.low < 0.6
    assert domain_of(same[:62], synthetic[:62], seed=0) is None
