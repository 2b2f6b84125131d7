from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datatool.samplers import NEVER, BalancedSampler
from tests.helpers.memory_plans import MemoryPlan, memory_plan

CELLS = st.lists(st.tuples(st.integers(0, 25), st.integers(1, 12)), min_size=1, max_size=6).filter(
    lambda cells: any(quota for quota, _ in cells)
)


def by_enumeration(sampler: BalancedSampler, plan: MemoryPlan, epoch: int) -> NDArray[np.int64]:
    """Next uses on this rank, read off a list of three epochs."""
    size = plan.epoch_size
    following: dict[int, int] = {}
    expected: dict[int, int] = {}
    for later in (epoch + 1, epoch):
        for step in reversed(range(len(sampler))):
            part = sampler.draws(later, step)
            for position, row in zip(part.positions[::-1].tolist(), part.rows[::-1].tolist(), strict=True):
                expected[later * size + position] = following.get(row, NEVER)
                following[row] = later * size + position
    positions = [sampler.positions(epoch, step) for step in range(len(sampler))]
    return np.array([expected[epoch * size + int(p)] for part in positions for p in part], np.int64)


@given(
    cells=CELLS,
    batch_size=st.integers(1, 9),
    world=st.sampled_from([(0, 1), (0, 2), (1, 2), (2, 3)]),
    window=st.integers(1, 4),
    drop_last=st.booleans(),
    epoch=st.integers(0, 3),
)
@settings(max_examples=80, deadline=None)
def test_next_uses_are_those_of_an_enumeration(
    cells: list[tuple[int, int]], batch_size: int, world: tuple[int, int], window: int, drop_last: bool, epoch: int
) -> None:
    plan = memory_plan([q for q, _ in cells], rows=[n for _, n in cells])
    sampler = BalancedSampler(
        plan, batch_size=batch_size, rank=world[0], world_size=world[1], window=window, drop_last=drop_last
    )
    parts = [sampler.positions(epoch, step) for step in range(len(sampler))]
    positions = np.concatenate([np.zeros(0, np.int64), *parts])

    assert sampler.next_uses(epoch, positions).tolist() == by_enumeration(sampler, plan, epoch).tolist()


@pytest.mark.parametrize("epoch", [0, 1, 2, 5])
def test_next_uses_follow_changing_quotas(epoch: int) -> None:
    plan = memory_plan([30, 6, 2], rows=[35, 5, 4], later=[[20, 9, 9], [13, 12, 13]])
    sampler = BalancedSampler(plan, batch_size=7)

    assert sampler.next_uses(epoch, np.arange(38)).tolist() == by_enumeration(sampler, plan, epoch).tolist()


def test_next_uses_in_batches_of_classes() -> None:
    """P:K order, with classes in every batch, in most, and in few."""
    quota = [72, 60, 12, 12, 20, 24, 16]
    plan = memory_plan(quota, rows=[9, 70, 3, 12, 1, 30, 5], per_batch=(3, 4))
    sampler = BalancedSampler(plan, batch_size=12)

    assert sampler.next_uses(1, np.arange(sum(quota))).tolist() == by_enumeration(sampler, plan, 1).tolist()


def test_one_position_and_many_agree() -> None:
    sampler = BalancedSampler(memory_plan([20, 9], rows=[6, 2]), batch_size=5)
    many = sampler.next_uses(0, np.arange(29))

    assert [sampler.next_use(0, position) for position in range(29)] == many.tolist()


def test_a_row_that_waits_longer_than_an_epoch_is_not_looked_for() -> None:
    plan = memory_plan([2, 10], rows=[50, 10])
    sampler = BalancedSampler(plan, batch_size=4)
    parts = [sampler.draws(0, step) for step in range(len(sampler))]
    rare = np.concatenate([part.positions[part.cells == 0] for part in parts])

    assert sampler.next_uses(0, rare).tolist() == [NEVER, NEVER]
