from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datatool.errors import ConfigError, PlanError
from datatool.samplers import BalancedSampler
from datatool.samplers.order._groups import BLOCK, Groups
from tests.helpers.memory_plans import MemoryPlan, memory_plan

I64 = NDArray[np.int64]


@st.composite
def feasible(draw: st.DrawFn) -> tuple[list[int], int]:
    """Groups of classes, and a P for which some order exists (Gale and Ryser)."""
    groups = draw(st.lists(st.integers(0, 90), min_size=1, max_size=12))
    width = draw(st.integers(1, 12))
    num_batches = -(-sum(groups) // width)
    last = sum(groups) - (num_batches - 1) * width
    assume(sum(groups) > 0)
    assume(max(groups) <= num_batches)
    assume(groups.count(num_batches) <= last)
    return groups, width


@given(case=feasible(), seed=st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_every_group_is_in_one_batch_and_no_class_twice(case: tuple[list[int], int], seed: int) -> None:
    groups, width = case
    made = Groups(np.array(groups), per_batch=width, seed=seed, epoch=0)
    seen: set[tuple[int, int]] = set()
    for number in range(-(-sum(groups) // width)):
        table = made.batch(number)
        assert len(set(table.classes[0].tolist())) == table.classes.size
        seen |= set(zip(table.classes[0].tolist(), table.groups[0].tolist(), strict=True))

    assert seen == {(c, g) for c, count in enumerate(groups) for g in range(count)}


@given(case=feasible(), seed=st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_groups_are_found_where_they_are(case: tuple[list[int], int], seed: int) -> None:
    groups, width = case
    made = Groups(np.array(groups), per_batch=width, seed=seed, epoch=3)
    classes = np.repeat(np.arange(len(groups)), groups)
    numbers = np.concatenate([np.arange(count) for count in groups])
    for c, g, batch, column in zip(classes, numbers, *made.find(classes, numbers), strict=True):
        table = made.batch(int(batch))
        assert (table.classes[0, column], table.groups[0, column]) == (c, g)


def test_groups_of_a_class_are_counted_in_the_order_of_batches() -> None:
    made = Groups(np.array([60, 100, 33, 7]), per_batch=2, seed=0, epoch=0)
    last = dict.fromkeys(range(4), -1)
    for number in range(100):
        table = made.batch(number)
        for c, g in zip(table.classes[0].tolist(), table.groups[0].tolist(), strict=True):
            assert g == last[c] + 1
            last[c] = g


def test_a_class_is_spread_over_the_epoch() -> None:
    """At block boundaries each class has its share to within 3 groups."""
    groups = np.array([200, 190, 120, 60, 30, 5, 1, 94])
    made = Groups(groups, per_batch=3, seed=1, epoch=0)
    num_batches = int(groups.sum()) // 3
    counts = np.zeros(8)
    for number in range(num_batches):
        counts[made.batch(number).classes[0]] += 1
        if (number + 1) % BLOCK == 0 and number + BLOCK < num_batches:
            assert np.abs(counts - (number + 1) * groups / num_batches).max() <= 3


def test_more_groups_than_batches_are_refused() -> None:
    with pytest.raises(PlanError, match="at most one group per batch, 3; got 5"):
        Groups(np.array([5, 1]), per_batch=2, seed=0, epoch=0)


def test_draws_that_are_no_whole_groups_are_refused() -> None:
    with pytest.raises(PlanError, match="a multiple of 4; got 9"):
        BalancedSampler(memory_plan([8, 9, 8], per_batch=(2, 4)), batch_size=8).batch(0, 0)


def two_sources(groups: list[int], images: int) -> MemoryPlan:
    """Classes of two sources; a third of each class's draws are of the second, and one class has one source only."""
    quota = np.array([[n * images - n * images // 3, n * images // 3] for n in groups])
    quota[0] = [groups[0] * images, 0]
    label = np.repeat(np.arange(len(groups)), 2)
    return memory_plan(quota.reshape(-1), rows=7, label=label.tolist(), per_batch=(4, images))


@pytest.mark.parametrize("world_size", [1, 2, 4])
def test_each_batch_is_p_classes_of_k_images_side_by_side(world_size: int) -> None:
    plan = two_sources([40, 35, 20, 20, 18, 11, 9, 5, 1], 6)
    ranks = [
        BalancedSampler(plan, batch_size=24 // world_size, rank=r, world_size=world_size) for r in range(world_size)
    ]
    for epoch in range(2):
        cells = []
        for step in range(len(ranks[0])):
            cell = np.concatenate([rank.draws(epoch, step).cells for rank in ranks])
            labels = plan.cells.label[cell].reshape(-1, 6)
            assert (labels == labels[:, :1]).all()
            assert len(set(labels[:, 0].tolist())) == len(labels) == (4 if step < len(ranks[0]) - 1 else 3)
            cells.append(cell)
        assert np.bincount(np.concatenate(cells), minlength=18).tolist() == plan.cells.quota.tolist()


def test_the_sources_of_a_class_mix_in_each_group() -> None:
    plan = two_sources([40, 40, 40, 40], 6)
    sampler = BalancedSampler(plan, batch_size=24)
    for step in range(len(sampler)):
        cell = sampler.draws(0, step).cells.reshape(4, 6)
        synthetic = (cell % 2).sum(axis=1)[cell[:, 0] >= 2]
        assert set(synthetic.tolist()) <= {1, 2, 3}


def test_images_are_used_equally_often_at_every_batch_boundary() -> None:
    plan = memory_plan([40, 24, 12, 4], rows=[9, 30, 2, 4], per_batch=(2, 4))
    sampler = BalancedSampler(plan, batch_size=8)
    used = np.zeros(45, np.int64)
    start = plan.cells.start[:-1]
    for epoch in range(4):
        for step in range(len(sampler)):
            np.add.at(used, sampler.batch(epoch, step), 1)
            assert (np.maximum.reduceat(used, start) - np.minimum.reduceat(used, start)).max() <= 1


def test_company_changes_from_block_to_block() -> None:
    """Of 40 equal classes, 4 in a batch: pairs meet about as often as chance would have it, not always the same."""
    plan = memory_plan([400] * 40, per_batch=(4, 4))
    sampler = BalancedSampler(plan, batch_size=16)
    batches = np.array([sampler.draws(0, step).cells[::4] for step in range(len(sampler))])
    present = (batches[:, :, None] == np.arange(40)).sum(axis=1)
    meetings = (present.T @ present)[np.triu_indices(40, 1)]
    expected = len(batches) * 4 * 3 / (40 * 39)

    assert meetings.mean() == pytest.approx(expected)
    assert meetings.var() < 3 * expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 10}, "the total batch must be 8, 2 classes of 4 images as in the plan; got 10"),
        ({"batch_size": 8, "window": 2}, "window must be 1 where the plan says what is in each batch; got 2"),
    ],
)
def test_settings_that_do_not_go_with_such_a_plan_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BalancedSampler(memory_plan([8, 8], per_batch=(2, 4)), **arguments)

    assert str(caught.value).startswith(message)
