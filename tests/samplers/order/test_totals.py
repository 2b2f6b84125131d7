from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datatool.samplers.order._totals import QuotaTotals
from tests.helpers.memory_plans import memory_plan


@given(
    quotas=st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=5),
    epochs=st.lists(st.integers(0, 12), min_size=1, max_size=8),
)
def test_totals_are_sums_of_the_quotas_before_in_whatever_order_they_are_asked_for(
    quotas: list[list[int]], epochs: list[int]
) -> None:
    plan = memory_plan(quotas[0], later=quotas[1:])
    totals = QuotaTotals(plan)
    for epoch in epochs:
        expected = sum((plan.quotas(earlier) for earlier in range(epoch)), np.zeros(3, np.int64))
        assert totals.before(epoch).tolist() == expected.tolist()


def test_settled_quotas_are_not_summed_epoch_by_epoch() -> None:
    """A run's millionth epoch costs what its first does."""
    plan = memory_plan([1, 2], later=[[2, 1]])

    assert QuotaTotals(plan).before(1_000_000).tolist() == [1 + 2 * 999_999, 2 + 999_999]
