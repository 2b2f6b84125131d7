"""Every promise of the sampler is a test."""

from __future__ import annotations

import hashlib
import json
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from datatool.errors import ConfigError
from datatool.samplers import BalancedSampler, Counts, Modifiers, allocate, parse_strategy
from tests.helpers.memory_plans import MemoryPlan, memory_plan
from tests.helpers.shapes import deviations, quota_shapes

I64 = NDArray[np.int64]
STRATEGIES = [
    *("natural", "oversample", "undersample", "sqrt", "power:0.3"),
    *("effective:0.999", "repeat-factor:0.01", "progressive:3"),
]


def long_tail(strategy: str, *, num_classes: int = 60, seed: int = 0) -> MemoryPlan:
    """A plan over a long tail with two sources."""
    rows = np.maximum(1, 300 / np.arange(1, num_classes + 1) ** 1.2).astype(np.int64)
    counts = Counts(
        label=np.repeat(np.arange(num_classes), 2),
        source=("real", "synthetic") * num_classes,
        num_rows=np.stack([rows, rows // 2 + 1], axis=1).reshape(-1),
    )
    quota = allocate(counts, parse_strategy(strategy), seed=seed).quota
    return memory_plan(quota, rows=counts.num_rows, label=counts.label.tolist())


def epoch_rows(sampler: BalancedSampler, epoch: int = 0) -> I64:
    return np.concatenate([sampler.batch(epoch, step) for step in range(len(sampler))])


def epoch_cells(sampler: BalancedSampler, epoch: int = 0) -> I64:
    return np.concatenate([sampler.draws(epoch, step).cells for step in range(len(sampler))])


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("world_size", [1, 2, 3, 8])
def test_every_cell_gets_exactly_its_quota_and_ranks_are_disjoint_and_complete(strategy: str, world_size: int) -> None:
    plan = long_tail(strategy)
    ranks = [BalancedSampler(plan, batch_size=7, rank=rank, world_size=world_size) for rank in range(world_size)]
    places = np.concatenate([s.positions(1, step) for s in ranks for step in range(len(s))])
    cells = np.concatenate([epoch_cells(s, 1) for s in ranks])

    assert sorted(places.tolist()) == list(range(plan.epoch_size))
    assert np.bincount(cells, minlength=120).tolist() == plan.quotas(1).tolist()
    assert len({len(s) for s in ranks}) == 1


@pytest.fixture(scope="module")
def ten_thousand_cells() -> Counts:
    """5,000 classes of two sources with 1 to 300 rows."""
    return Counts(
        label=np.repeat(np.arange(5_000), 2),
        source=("real", "synthetic") * 5_000,
        num_rows=np.random.default_rng(2).zipf(1.4, 10_000).clip(1, 300),
    )


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("world_size", [1, 2, 3, 8])
def test_a_million_draws_of_ten_thousand_cells_are_exact(
    ten_thousand_cells: Counts, strategy: str, world_size: int
) -> None:
    """With a batch that does not divide the epoch."""
    counts = ten_thousand_cells
    quota = allocate(counts, parse_strategy(strategy), Modifiers(epoch_size=1_000_000)).quota
    plan = memory_plan(quota, rows=counts.num_rows, label=counts.label.tolist())
    ranks = [BalancedSampler(plan, batch_size=4_093, rank=rank, world_size=world_size) for rank in range(world_size)]
    cells = np.concatenate([epoch_cells(sampler) for sampler in ranks])

    assert quota.sum() == len(cells) == 1_000_000
    assert np.bincount(cells, minlength=10_000).tolist() == quota.tolist()


@pytest.mark.parametrize("name", quota_shapes())
def test_counts_stay_within_three_of_ideal_in_every_batch_and_at_every_boundary(name: str) -> None:
    quota, batch = quota_shapes()[name]
    sampler = BalancedSampler(memory_plan(quota), batch_size=batch)
    in_batch, at_boundary = deviations(epoch_cells(sampler, 1), quota, batch)

    assert in_batch <= 3
    assert at_boundary <= 3


@pytest.mark.parametrize("window", [2, 5, 1000])
def test_a_window_keeps_the_bound_at_each_windowth_boundary_and_mixes_inside(window: int) -> None:
    quota, batch = quota_shapes()["Pareto 1.0"]
    cells = epoch_cells(BalancedSampler(memory_plan(quota), batch_size=batch, window=window))
    in_windows, at_boundaries = deviations(cells, quota, batch * window)
    in_batches, _ = deviations(cells, quota, batch)

    assert in_windows <= 3
    assert at_boundaries <= 3
    assert in_batches > 4


def test_a_window_holds_the_same_rows_as_its_batches_without_one() -> None:
    plan = long_tail("sqrt")
    plain, mixed = (BalancedSampler(plan, batch_size=16, window=window) for window in (1, 4))
    for first in range(0, len(plain), 4):
        steps = range(first, min(first + 4, len(plain)))
        expected, found = (np.concatenate([s.batch(2, step) for step in steps]) for s in (plain, mixed))
        assert sorted(found.tolist()) == sorted(expected.tolist())
        assert len(steps) == 1 or found.tolist() != expected.tolist()


def test_images_of_a_cell_are_used_equally_often_at_every_batch_boundary_of_many_epochs() -> None:
    """Undersampled, oversampled and one-image cells; counted over 7 epochs."""
    plan = memory_plan([5, 40, 17, 9, 1, 3], rows=[60, 7, 17, 1, 10, 9])
    sampler = BalancedSampler(plan, batch_size=8)
    used = np.zeros(plan.num_rows, np.int64)
    for epoch in range(7):
        for step in range(len(sampler)):
            np.add.at(used, sampler.batch(epoch, step), 1)
            assert _spread(used, plan) <= 1
    assert used.sum() == 7 * 75


def test_coverage_holds_while_quotas_change() -> None:
    """`progressive`: each epoch has its own quotas, the last go on."""
    plan = memory_plan([40, 6, 2], rows=[45, 5, 4], later=[[28, 10, 10], [16, 16, 16]])
    sampler = BalancedSampler(plan, batch_size=12)
    used = np.zeros(plan.num_rows, np.int64)
    for epoch in range(6):
        cells = epoch_cells(sampler, epoch)
        assert np.bincount(cells, minlength=3).tolist() == plan.quotas(epoch).tolist()
        for step in range(len(sampler)):
            np.add.at(used, sampler.batch(epoch, step), 1)
            assert _spread(used, plan) <= 1
    assert epoch_rows(sampler, 1).tolist() == epoch_rows(BalancedSampler(plan, batch_size=12), 1).tolist()


def test_with_a_window_coverage_holds_at_each_windowth_boundary() -> None:
    plan = memory_plan([30, 50, 7], rows=[8, 90, 7])
    sampler = BalancedSampler(plan, batch_size=4, window=3)
    used = np.zeros(plan.num_rows, np.int64)
    for epoch in range(3):
        for step in range(len(sampler)):
            np.add.at(used, sampler.batch(epoch, step), 1)
            if (step + 1) % 3 == 0 or step + 1 == len(sampler):
                assert _spread(used, plan) <= 1


def test_drop_last_leaves_the_rest_undrawn_and_counts_it_as_used() -> None:
    plan = memory_plan([13, 10, 9], rows=[5, 20, 3])
    kept, dropped = (BalancedSampler(plan, batch_size=10, drop_last=drop) for drop in (False, True))

    assert (len(kept), len(dropped)) == (4, 3)
    for epoch in range(3):
        for step in range(3):
            assert dropped.batch(epoch, step).tolist() == kept.batch(epoch, step).tolist()
    with pytest.raises(IndexError, match="step"):
        dropped.batch(0, 3)


def test_uses_say_how_often_a_row_was_drawn_before() -> None:
    plan = memory_plan([30, 50, 7], rows=[8, 90, 1])
    sampler = BalancedSampler(plan, batch_size=4)
    used = np.zeros(plan.num_rows, np.int64)
    for epoch in range(3):
        for step in range(len(sampler)):
            part = sampler.draws(epoch, step)
            found = {row: sorted(part.uses[part.rows == row].tolist()) for row in part.rows.tolist()}
            for row, uses in found.items():
                assert uses == list(range(used[row], used[row] + len(uses)))
            np.add.at(used, part.rows, 1)


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("world_size", [2, 3, 4, 12])
def test_the_global_batch_does_not_depend_on_the_number_of_ranks(world_size: int, window: int) -> None:
    plan = long_tail("sqrt")
    alone = BalancedSampler(plan, batch_size=24, seed=5, window=window)
    ranks = [
        BalancedSampler(plan, batch_size=24 // world_size, seed=5, rank=r, world_size=world_size, window=window)
        for r in range(world_size)
    ]
    for step in [0, 7, len(alone) - 1]:
        expected = alone.batch(3, step)
        parts = [rank.batch(3, step) for rank in ranks]
        assert np.concatenate(parts).tolist() == expected.tolist()
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_the_last_batch_may_leave_ranks_without_rows() -> None:
    ranks = [BalancedSampler(memory_plan([10, 9]), batch_size=4, rank=r, world_size=4) for r in range(4)]

    assert [len(rank) for rank in ranks] == [2, 2, 2, 2]
    assert [len(rank.batch(0, 1)) for rank in ranks] == [1, 1, 1, 0]
    assert ranks[3].batch(0, 1).dtype == np.int64
    assert ranks[3].positions(0, 1).tolist() == []


def test_rare_classes_meet_others_through_the_epoch_and_between_epochs() -> None:
    """Of 400 equal classes, 4 of the 200 batches' worth each: who shares a batch is near what chance would give."""
    sampler = BalancedSampler(memory_plan([32] * 400), batch_size=64)
    halves = []
    for epoch in range(2):
        cells = epoch_cells(sampler, epoch).reshape(len(sampler), 64)
        halves += [_meetings(cells[: len(cells) // 2]), _meetings(cells[len(cells) // 2 :])]
    expected = 100 * 64 * 63 / (400 * 399)

    for meetings in halves:
        assert meetings.mean() == pytest.approx(expected, rel=0.02)
        assert meetings.var() < 1.5 * expected  # Poisson would be `expected`; fixed company 40 times that
    for first, second in [(0, 1), (0, 2), (1, 3)]:
        assert abs(np.corrcoef(halves[first], halves[second])[0, 1]) < 0.1


def test_all_pairs_of_classes_meet_equally_often_over_200_seeds() -> None:
    """Chi-square over the 780 pairs of 40 equal classes; exactly 1 per degree of freedom were meetings independent."""
    meetings = np.zeros((40, 40))
    for seed in range(200):
        cells = epoch_cells(BalancedSampler(memory_plan([8] * 40, rows=8), batch_size=8, seed=seed)).reshape(40, 8)
        present = (cells[:, :, None] == np.arange(40)).sum(axis=1)
        meetings += present.T @ present
    pairs = meetings[np.triu_indices(40, 1)]
    expected = pairs.mean()

    assert expected == pytest.approx(200 * 40 * 8 * 7 / (40 * 39), rel=0.03)
    assert ((pairs - expected) ** 2 / expected).sum() < 780 + 5 * np.sqrt(2 * 780)


def test_equal_classes_are_equally_likely_everywhere_in_the_epoch() -> None:
    """The first batch of 1,000 epochs shows no class more often than chance would."""
    sampler = BalancedSampler(memory_plan([3] * 100), batch_size=10)
    counts = np.bincount(np.concatenate([sampler.draws(e, 0).cells for e in range(1000)]), minlength=100)

    assert ((counts - 100) ** 2 / 100).sum() < 100 + 5 * np.sqrt(200)


@pytest.mark.parametrize("num_rows", [2, 3, 5, 8, 16, 32, 40])
def test_images_of_a_cell_come_in_unbiased_order(num_rows: int) -> None:
    """Chi-square of (image, place in the cell's round) over 200 seeds."""
    plan = memory_plan([num_rows, 20], rows=[num_rows, 20])
    counts = np.zeros((num_rows, num_rows))
    for seed in range(200):
        rows = epoch_rows(BalancedSampler(plan, batch_size=4, seed=seed))
        counts[rows[rows < num_rows], np.arange(num_rows)] += 1
    chi_square = ((counts - 200 / num_rows) ** 2 / (200 / num_rows)).sum()
    degrees = (num_rows - 1) ** 2

    assert chi_square < degrees + 5 * np.sqrt(2 * degrees)


def test_places_in_a_batch_are_in_no_order() -> None:
    """Neither by class nor by row: ranks get like parts."""
    sampler = BalancedSampler(memory_plan([500] * 20, rows=100), batch_size=100)
    correlations = [np.corrcoef(np.arange(100), sampler.batch(0, step))[0, 1] for step in range(100)]

    assert abs(np.mean(correlations)) < 0.05


def test_seeds_and_epochs_give_other_orders() -> None:
    plan = long_tail("sqrt")
    seen = {
        tuple(BalancedSampler(plan, batch_size=64, seed=seed).batch(epoch, 0).tolist())
        for seed in range(5)
        for epoch in range(5)
    }

    assert len(seen) == 25


def test_a_run_goes_on_byte_for_byte_at_twenty_random_steps_with_other_world_sizes() -> None:
    plan = long_tail("oversample")
    whole = BalancedSampler(plan, batch_size=24, seed=9)
    expected = [whole.batch(1, step).tobytes() for step in range(len(whole))]
    for step in np.random.default_rng(0).integers(0, len(whole), 20).tolist():
        first = BalancedSampler(plan, batch_size=24, seed=9)
        batches = first.epoch(1)
        for _ in range(step):
            next(batches)
        state = json.loads(json.dumps(first.state_dict()))
        world_size = [1, 2, 4][step % 3]
        found = []
        for rank in range(world_size):
            sampler = BalancedSampler(plan, batch_size=24 // world_size, seed=9, rank=rank, world_size=world_size)
            sampler.load_state_dict(state)
            found.append(list(sampler.epoch(1)))
        joined = [np.concatenate(parts).tobytes() for parts in zip(*found, strict=True)]
        assert joined == expected[step:]


def test_only_the_loaded_epoch_goes_on_and_only_once() -> None:
    sampler = BalancedSampler(memory_plan([20, 20]), batch_size=10)
    sampler.load_state_dict({**sampler.state_dict(), "epoch": 2, "step": 3})

    assert sampler.state_dict()["step"] == 3
    assert len(list(sampler.epoch(2))) == 1
    assert len(list(sampler.epoch(2))) == 4
    assert sampler.state_dict()["step"] == 4
    sampler.load_state_dict(sampler.state_dict())
    assert len(list(sampler.epoch(3))) == 4


@pytest.mark.parametrize(("key", "value"), [("fingerprint", "other"), ("seed", 7), ("total_batch", 12), ("window", 2)])
def test_another_plan_seed_total_batch_or_window_is_refused_and_changes_nothing(key: str, value: Any) -> None:
    sampler = BalancedSampler(memory_plan([20, 20]), batch_size=10)
    before = sampler.state_dict()

    with pytest.raises(ConfigError, match=f"a resumed sampler must have the same {key.replace('_', ' ')}; got"):
        sampler.load_state_dict({**before, "epoch": 3, key: value})
    assert sampler.state_dict() == before


def test_substitutes_walk_through_the_cell_and_come_back() -> None:
    plan = memory_plan([6, 9, 4], rows=[5, 3, 1])
    sampler = BalancedSampler(plan, batch_size=4)
    for step in range(len(sampler)):
        part = sampler.draws(0, step)
        for position, row, cell in zip(part.positions.tolist(), part.rows.tolist(), part.cells.tolist(), strict=True):
            start, num_rows = int(plan.cells.start[cell]), int(plan.cells.num_rows[cell])
            found = [sampler.substitute(0, position, attempt) for attempt in range(num_rows + 1)]
            assert found[0] == found[-1] == row
            assert sorted(found[:-1]) == list(range(start, start + num_rows))


def test_cells_without_quota_are_never_drawn() -> None:
    plan = memory_plan([0, 8, 0, 3, 0], rows=4)

    assert set(epoch_cells(BalancedSampler(plan, batch_size=3)).tolist()) == {1, 3}


def test_a_sampler_can_be_sent_to_another_process() -> None:
    sampler = BalancedSampler(long_tail("sqrt"), batch_size=16, seed=3)
    expected = sampler.batch(1, 4)
    copy = pickle.loads(pickle.dumps(sampler))

    assert copy.batch(1, 4).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1; got 0"),
        ({"batch_size": 4, "world_size": 0}, "world_size must be at least 1; got 0"),
        ({"batch_size": 4, "rank": 2, "world_size": 2}, "rank must lie in [0, 2), the number of ranks; got 2"),
        ({"batch_size": 4, "window": 0}, "window must be at least 1 batch; got 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number; got 2.5"),
        ({"batch_size": True}, "batch_size must be a whole number; got True"),
        ({"batch_size": 4, "seed": "a"}, "seed must be a whole number; got 'a'"),
    ],
)
def test_arguments_out_of_range_are_refused_in_one_sentence(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BalancedSampler(memory_plan([5]), **arguments)

    assert str(caught.value) == message + "."


def test_a_sampler_shows_itself_in_a_line() -> None:
    sampler = BalancedSampler(memory_plan([5]), batch_size=1, rank=1, world_size=2, seed=3)
    assert "<BalancedSampler: 3 steps an epoch of 2 rows, rank 1 of 2, seed 3>" == repr(sampler)


def test_an_epoch_too_long_for_the_arithmetic_is_refused() -> None:
    with pytest.raises(ConfigError, match="below 4,294,967,296"):
        BalancedSampler(memory_plan([2**31, 2**31]), batch_size=64)


@pytest.mark.parametrize(("epoch", "step"), [(-1, 0), (0, -1), (0, 4)])
def test_what_does_not_exist_cannot_be_drawn(epoch: int, step: int) -> None:
    with pytest.raises(IndexError):
        BalancedSampler(memory_plan([20, 20]), batch_size=10).batch(epoch, step)


@pytest.mark.parametrize(("epoch", "position"), [(-1, 0), (0, -1), (0, 40)])
def test_places_that_do_not_exist_have_no_rows(epoch: int, position: int) -> None:
    sampler = BalancedSampler(memory_plan([20, 20]), batch_size=10)
    with pytest.raises(IndexError, match="places lie in"):
        sampler.substitute(epoch, position, 1)
    with pytest.raises(IndexError, match="places lie in"):
        sampler.next_use(epoch, position)


def test_golden_streams_never_change() -> None:
    """A changed order would break every stored run's resume; it needs a new schema version of the state."""
    plan = memory_plan([40, 6, 2, 0, 13], rows=[45, 5, 1, 3, 80], later=[[30, 11, 5, 0, 15]])
    streams = {
        "plain": BalancedSampler(plan, batch_size=8).batch(0, 0),
        "later": BalancedSampler(plan, batch_size=8, seed=7).batch(5, 7),
        "window": BalancedSampler(plan, batch_size=8, window=3, seed=-1).batch(1, 2),
        "rank": BalancedSampler(plan, batch_size=4, rank=1, world_size=2).batch(0, 0),
    }

    assert {name: rows.tolist() for name, rows in streams.items()} == GOLDEN


GOLDEN = {
    "plain": [72, 16, 48, 21, 59, 13, 22, 9],
    "later": [116, 84, 27, 49, 13],
    "window": [49, 9, 0, 48, 33, 67, 70, 42],
    "rank": [59, 13, 22, 9],
}


@pytest.mark.parametrize(
    ("window", "per_batch", "digest"),
    [(1, None, "f1e6c8b7a6812435"), (16, None, "db7c2a4bd934dc79"), (1, (8, 4), "4ee72ef215e66e8b")],
)
def test_golden_epochs_never_change(window: int, per_batch: tuple[int, int] | None, digest: str) -> None:
    """As above, over two whole epochs of a long tail with two sources."""
    tail = long_tail("sqrt")
    quota = tail.cells.quota // 4 * 4 + 4
    plan = memory_plan(quota, rows=tail.cells.num_rows, label=tail.cells.label.tolist(), per_batch=per_batch)
    sampler = BalancedSampler(plan, batch_size=32, seed=11, window=window)
    rows = np.concatenate([epoch_rows(sampler, epoch) for epoch in (0, 3)])

    assert hashlib.blake2b(rows.astype("<i8").tobytes(), digest_size=8).hexdigest() == digest


def _spread(used: I64, plan: MemoryPlan) -> int:
    """Largest difference of use counts inside a cell."""
    start = plan.cells.start[:-1]
    return int((np.maximum.reduceat(used, start) - np.minimum.reduceat(used, start)).max())


def _meetings(batches: I64) -> I64:
    """How often each pair of the 400 classes shares a batch."""
    present = (batches[:, :, None] == np.arange(400)).sum(axis=1)
    together = present.T @ present
    pairs: I64 = together[np.triu_indices(400, 1)]
    return pairs


def test_any_places_are_drawn_as_their_batches_draw_them() -> None:
    plan = long_tail("oversample")
    sampler = BalancedSampler(plan, batch_size=7, rank=1, world_size=2)
    alone = BalancedSampler(plan, batch_size=14)
    places = np.random.default_rng(0).integers(0, plan.epoch_size, 50)
    assert sampler.at(2, places).rows.tolist() == epoch_rows(alone, 2)[places].tolist()


@pytest.mark.parametrize("world_size", [1, 4])
@pytest.mark.parametrize("batch_size", [32, 256, 3000])
def test_steps_in_order_are_those_asked_for_alone(batch_size: int, world_size: int) -> None:
    """However many steps are computed together, and wherever those begin."""
    plan = memory_plan(np.random.default_rng(1).integers(1, 900, 400), rows=np.arange(1, 401))
    options = {"batch_size": batch_size, "world_size": world_size, "rank": world_size - 1}
    samplers = [BalancedSampler(plan, **options) for _ in range(2)]
    steps = np.random.default_rng(2).permutation(len(samplers[0]))[:60].tolist()
    in_order = [samplers[0].draws(0, step) for step in range(len(samplers[0]))]

    for step in steps:
        alone = samplers[1].draws(0, step)
        assert alone.rows.tolist() == in_order[step].rows.tolist()
        assert alone.positions.tolist() == in_order[step].positions.tolist()
        assert alone.uses.tolist() == in_order[step].uses.tolist()


def test_a_state_is_plain_json_whatever_the_arguments_are() -> None:
    numbers: dict[str, Any] = {"batch_size": np.int64(5), "seed": np.int64(3), "window": np.int32(2)}
    sampler = BalancedSampler(memory_plan([20, 20]), **numbers)

    sampler.load_state_dict(json.loads(json.dumps(sampler.state_dict())))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epoch": -1}, "got epoch -1, step 0"),
        ({"step": -1}, "got epoch 0, step -1"),
        ({"step": "a"}, "got epoch 0, step 'a'"),
    ],
)
def test_a_torn_state_is_refused(change: dict[str, Any], message: str) -> None:
    sampler = BalancedSampler(memory_plan([20, 20]), batch_size=10)

    with pytest.raises(ConfigError, match=message):
        sampler.load_state_dict({**sampler.state_dict(), **change})
    with pytest.raises(ConfigError, match="it has no fingerprint, seed, epoch, step, total_batch, window"):
        sampler.load_state_dict({})
