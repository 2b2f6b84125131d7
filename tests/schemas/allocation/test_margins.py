from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.errors import PlanError
from datatool.schemas.allocation import largest_remainder, meet_sources, source_margins


@given(seed=st.integers(0, 100_000), num_classes=st.integers(1, 8), num_sources=st.integers(2, 4))
def test_floors_and_ceilings_meet_both_margins(seed: int, num_classes: int, num_sources: int) -> None:
    """Bacharach: a table with whole margins can be rounded to floors and ceilings that keep them."""
    generator = np.random.Generator(np.random.PCG64(seed))
    whole = generator.integers(1, 9, (num_classes, num_sources))
    row, column = (index.ravel() for index in np.indices(whole.shape))
    table = generator.uniform(0.5, 2, whole.shape)
    for _ in range(300):  # to the margins of the whole table, by proportional fitting
        table *= (whole.sum(1) / table.sum(1))[:, None]
        table *= whole.sum(0) / table.sum(0)
    ideal = table.ravel()
    start = largest_remainder(ideal, whole.sum(1), row)
    shares = dict(zip("abcd", (whole.sum(0) / whole.sum()).tolist(), strict=False))
    margins = source_margins(["abcd"[code] for code in column], shares)
    quota = meet_sources(start, ideal, np.full(whole.size, 1000), row, margins).reshape(whole.shape)

    assert quota.sum(0).tolist() == whole.sum(0).tolist()
    assert quota.sum(1).tolist() == whole.sum(1).tolist()
    assert (np.abs(quota.ravel() - ideal) < 1 + 1e-5).all()


@given(seed=st.integers(0, 100_000), num_classes=st.integers(1, 6))
def test_under_caps_it_finds_totals_wherever_there_are_some(seed: int, num_classes: int) -> None:
    """Any quotas within the caps are reached from any others with the same class totals."""
    generator = np.random.Generator(np.random.PCG64(seed))
    cap = generator.integers(0, 9, (num_classes, 3))
    goal = generator.integers(0, cap + 1)
    row, column = (index.ravel() for index in np.indices(cap.shape))
    if goal.sum() == 0:
        return
    start = np.zeros_like(cap)
    for klass, total in enumerate(goal.sum(1)):
        for source in range(3):
            start[klass, source] = min(cap[klass, source], total - start[klass].sum())
    shares = dict(zip("abc", (goal.sum(0) / goal.sum()).tolist(), strict=True))
    margins = source_margins(["abc"[code] for code in column], shares)
    quota = meet_sources(start.ravel(), start.ravel().astype(float), cap.ravel(), row, margins).reshape(cap.shape)

    assert quota.sum(0).tolist() == goal.sum(0).tolist()
    assert quota.sum(1).tolist() == goal.sum(1).tolist()
    assert ((quota >= 0) & (quota <= cap)).all()


def test_what_no_quotas_can_meet_is_refused_with_the_source_and_the_numbers() -> None:
    quota, group = np.array([5, 0, 5]), np.array([0, 0, 1])
    margins = source_margins(["real", "synthetic", "real"], {"synthetic": 0.8})

    with pytest.raises(PlanError, match=r"source synthetic must have 8 draws of 10; .* leave room for 5"):
        meet_sources(quota, quota.astype(float), np.full(3, 10), group, margins)
