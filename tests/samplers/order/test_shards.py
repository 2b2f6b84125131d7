from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datatool.samplers.order._shards import Shards


@given(
    epoch_size=st.integers(1, 200),
    batch_size=st.integers(1, 20),
    world_size=st.integers(1, 6),
    drop_last=st.booleans(),
)
def test_ranks_divide_each_batch_as_evenly_as_possible(
    epoch_size: int, batch_size: int, world_size: int, drop_last: bool
) -> None:
    ranks = [
        Shards(epoch_size=epoch_size, batch_size=batch_size, rank=r, world_size=world_size, drop_last=drop_last)
        for r in range(world_size)
    ]
    total, place = batch_size * world_size, 0
    for step in range(ranks[0].num_steps):
        bounds = [rank.bounds(step) for rank in ranks]
        sizes = [high - low for low, high in bounds]
        for low, high in bounds:
            assert low == place
            place = high
        assert sum(sizes) == min(total, epoch_size - step * total)
        assert max(sizes) - min(sizes) <= 1
    assert place == (epoch_size // total * total if drop_last else epoch_size)


@given(
    epoch_size=st.integers(1, 200),
    batch_size=st.integers(1, 20),
    world_size=st.integers(1, 6),
    drop_last=st.booleans(),
    data=st.data(),
)
def test_a_rank_holds_what_its_batches_hold(
    epoch_size: int, batch_size: int, world_size: int, drop_last: bool, data: st.DataObject
) -> None:
    rank = data.draw(st.integers(0, world_size - 1))
    shards = Shards(epoch_size=epoch_size, batch_size=batch_size, rank=rank, world_size=world_size, drop_last=drop_last)
    expected = np.zeros(epoch_size, bool)
    for step in range(shards.num_steps):
        expected[slice(*shards.bounds(step))] = True

    assert shards.holds(np.arange(epoch_size)).tolist() == expected.tolist()
