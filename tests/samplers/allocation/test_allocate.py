from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from datatool.errors import PlanError
from datatool.samplers import (
    Counts,
    Modifiers,
    Natural,
    Oversample,
    Power,
    Progressive,
    Share,
    Strategy,
    allocate,
    parse_strategy,
)
from tests.helpers.cells import counts_of, many_counts

NAMES = st.sampled_from(
    [
        "natural",
        "oversample",
        "undersample",
        "sqrt",
        "power:0",
        "power:0.3",
        "effective:0.99",
        "repeat-factor:0.2",
        "progressive:4",
    ]
)


@given(counts=many_counts(), name=NAMES, seed=st.integers(0, 3))
def test_totals_are_exact_and_classes_lie_within_one_draw_of_the_formula(counts: Counts, name: str, seed: int) -> None:
    strategy = parse_strategy(name)
    made = allocate(counts, strategy, seed=seed)
    mass = strategy.mass(counts)
    total = round(mass.sum()) if strategy.counts_draws else counts.total
    ideal = counts.per_class(mass) * total / mass.sum()

    assert made.quota.sum() == made.epoch_size == total
    assert np.abs(counts.per_class(made.quota) - ideal).max() < 1 + 1e-6
    assert made.quota.min() >= 0
    assert bool(made.notes) == bool((made.quota == 0).any())


@given(counts=many_counts(), name=NAMES, size=st.integers(1, 5000))
def test_a_class_with_more_rows_never_gets_fewer_draws_than_natural_order_says(
    counts: Counts, name: str, size: int
) -> None:
    """Every strategy is monotone: a larger class has at least the draws of a smaller one."""
    quota = counts.per_class(allocate(counts, parse_strategy(name), Modifiers(epoch_size=size)).quota)
    order = np.argsort(counts.class_rows, kind="stable")
    rows, draws = counts.class_rows[order], quota[order]
    larger = np.diff(rows) > 0

    assert quota.sum() == size
    assert (np.diff(draws)[larger] >= -(name in ("oversample", "undersample", "power:0"))).all()


@given(counts=many_counts(), name=NAMES, seed=st.integers(0, 100))
def test_the_same_seed_gives_the_same_quotas(counts: Counts, name: str, seed: int) -> None:
    first, second = (allocate(counts, parse_strategy(name), seed=seed).quota for _ in range(2))

    assert first.tolist() == second.tolist()


def test_another_seed_gives_the_remainder_to_another_class() -> None:
    counts = counts_of(*((label, "real", 5) for label in range(7)))
    winners = {
        int(allocate(counts, Power(exponent=0.0), Modifiers(epoch_size=36), seed=seed).quota.argmax())
        for seed in range(40)
    }

    assert len(winners) > 3


@given(
    counts=many_counts(),
    name=NAMES,
    repeat=st.integers(1, 5),
    cap=st.one_of(st.none(), st.sampled_from([0.0, 0.3, 1.0, 3.0])),
    size=st.one_of(st.none(), st.integers(1, 4000)),
)
def test_limits_are_never_passed(counts: Counts, name: str, repeat: int, cap: float | None, size: int | None) -> None:
    strategy = parse_strategy(name)
    modifiers = Modifiers(max_repeat=repeat, synthetic_cap=cap, epoch_size=size)
    length = size or (None if strategy.counts_draws else counts.total)
    if length is not None and length > (room := _room(counts, repeat, cap)):
        with pytest.raises(PlanError, match=f"leave room for {room:,}"):
            allocate(counts, strategy, modifiers)
        return
    made = allocate(counts, strategy, modifiers)

    assert (made.quota <= repeat * counts.num_rows).all()
    assert made.quota.sum() == made.epoch_size
    assert length is None or made.epoch_size == length
    if cap is not None:
        _check_cap(counts, made.quota, cap)


def _room(counts: Counts, repeat: int, cap: float | None) -> int:
    made = repeat * counts.per_class(np.where(counts.synthetic, counts.num_rows, 0))
    real = repeat * counts.class_rows - made
    if cap is not None:
        made = np.where(real > 0, np.minimum(made, np.floor(cap * real + 1e-9)), made)
    return int((real + made).sum())


def _check_cap(counts: Counts, quota: np.ndarray, cap: float) -> None:
    synthetic = counts.per_class(np.where(counts.synthetic, quota, 0))
    real = counts.per_class(quota) - synthetic
    both = counts.per_class(~counts.synthetic) > 0
    assert (synthetic <= cap * real + 1e-9)[both].all()


@given(counts=many_counts(), name=NAMES, repeat=st.integers(1, 4), size=st.integers(1, 20_000))
def test_an_epoch_is_refused_only_where_the_rows_times_max_repeat_are_too_few(
    counts: Counts, name: str, repeat: int, size: int
) -> None:
    modifiers = Modifiers(max_repeat=repeat, epoch_size=size)
    if size > repeat * counts.total:
        with pytest.raises(PlanError, match=f"leave room for {repeat * counts.total:,}"):
            allocate(counts, parse_strategy(name), modifiers)
    else:
        assert allocate(counts, parse_strategy(name), modifiers).epoch_size == size


@given(counts=many_counts(), name=NAMES, share=st.floats(0, 1))
def test_a_synthetic_share_holds_in_every_class_that_has_both(counts: Counts, name: str, share: float) -> None:
    made = allocate(counts, parse_strategy(name), Modifiers(synthetic_share=share))
    synthetic = counts.per_class(np.where(counts.synthetic, made.quota, 0))
    kinds = counts.per_class(counts.synthetic), counts.per_class(~counts.synthetic)
    both = (kinds[0] > 0) & (kinds[1] > 0)
    total = counts.per_class(made.quota)

    assert (np.abs(synthetic - share * total)[both] <= 1 + 1e-6).all()
    assert made.epoch_size == allocate(counts, parse_strategy(name)).epoch_size
    unmet = (share > 0 and (kinds[0] == 0).any()) or (share < 1 and (kinds[1] == 0).any())
    rounded = ((made.quota == 0) & (made.ideal > 0)).any()
    assert bool(made.notes) == bool(unmet or rounded)


@given(counts=many_counts(), name=NAMES, data=st.data())
def test_a_fixed_class_gets_its_share_and_the_others_keep_their_proportions(
    counts: Counts, name: str, data: st.DataObject
) -> None:
    assume(len(counts.classes) > 1)
    label = int(data.draw(st.sampled_from(counts.classes.tolist())))
    share = data.draw(st.floats(0, 1))
    plain = allocate(counts, parse_strategy(name), Modifiers(epoch_size=100_000))
    made = allocate(
        counts,
        parse_strategy(name),
        Modifiers(epoch_size=100_000, shares=(Share(label=label, source=None, share=share),)),
    )
    fixed = counts.classes == label
    free = plain.ideal.copy()
    free[fixed[counts.class_index]] = 0
    expected = counts.per_class(free / free.sum()) * (1 - share) * 100_000

    assert abs(counts.per_class(made.quota)[fixed][0] - share * 100_000) < 1 + 1e-6
    assert np.abs(counts.per_class(made.quota) - expected)[~fixed].max() < 1 + 1e-6


@given(counts=many_counts(), name=NAMES, share=st.floats(0, 1), size=st.integers(1, 3000))
def test_class_and_source_totals_hold_together_or_the_request_is_refused(
    counts: Counts, name: str, share: float, size: int
) -> None:
    """Feasible exactly where classes that have only synthetic rows, or none, leave room for the share."""
    assume(not name.startswith("progressive"))  # its last epoch may be infeasible where the first is not
    assume(counts.synthetic.any() and not counts.synthetic.all())
    plain = counts.per_class(allocate(counts, parse_strategy(name), Modifiers(epoch_size=size)).quota)
    both = (counts.per_class(counts.synthetic) > 0) & (counts.per_class(~counts.synthetic) > 0)
    only = (counts.per_class(~counts.synthetic) == 0) & ~both
    low, high = plain[only].sum(), plain[only | both].sum()
    modifiers = Modifiers(epoch_size=size, shares=(Share(label=None, source="synthetic", share=share),))
    wanted = share * size
    if low + 1 < wanted < high - 1:
        made = allocate(counts, parse_strategy(name), modifiers)
        assert abs(made.quota[counts.synthetic].sum() - wanted) < 1
        assert counts.per_class(made.quota).tolist() == plain.tolist()
    elif not low - 1 < wanted < high + 1:
        with pytest.raises(PlanError, match=r"must have \d+ draws"):
            allocate(counts, parse_strategy(name), modifiers)


@given(counts=many_counts(), name=NAMES, images=st.integers(2, 6))
def test_with_per_batch_every_quota_is_a_multiple(counts: Counts, name: str, images: int) -> None:
    assume(parse_strategy(name).mass(counts).sum() >= images and counts.total >= images)
    made = allocate(counts, parse_strategy(name), Modifiers(per_batch=(1, images)))

    assert (made.quota % images == 0).all()
    assert made.quota.sum() == made.epoch_size


def test_an_epoch_that_limits_shorten_says_by_how_much_and_where() -> None:
    counts = counts_of((0, "real", 600), (1, "real", 12))
    made = allocate(counts, Oversample(), Modifiers(max_repeat=10))

    assert made.quota.tolist() == [600, 120]
    assert made.notes == ("limits hold class 1 below the strategy, by 480 draws; the epoch is shorter by them",)


def test_an_epoch_of_fixed_length_gives_the_excess_to_the_other_classes() -> None:
    counts = counts_of((0, "real", 600), (1, "real", 12), (2, "real", 300))
    made = allocate(counts, Oversample(), Modifiers(max_repeat=10, epoch_size=1800))

    assert made.quota.tolist() == [840, 120, 840]
    assert made.notes == ("limits hold class 1 below the strategy, by 480 draws; the other classes have them",)


def test_the_excess_of_a_source_goes_to_the_same_class_first() -> None:
    counts = counts_of((0, "real", 100), (0, "synthetic", 300), (1, "real", 400))
    made = allocate(counts, Natural(), Modifiers(synthetic_cap=1.0))

    assert made.quota.tolist() == [200, 200, 400]


def test_fixed_shares_that_limits_forbid_are_refused_with_class_and_number() -> None:
    counts = counts_of((0, "real", 90), (1, "real", 10))
    modifiers = Modifiers(max_repeat=2, shares=(Share(label=1, source=None, share=0.5),))

    with pytest.raises(PlanError, match=r"class 1 must have 50 draws by its share; .* allow 20 from 10 rows"):
        allocate(counts, Natural(), modifiers)


def test_progressive_keeps_both_ends() -> None:
    counts = counts_of((0, "real", 90), (1, "real", 10))
    made = allocate(counts, Progressive(epochs=3))

    assert made.ideal.tolist() == [90.0, 10.0]
    assert made.last is not None
    assert made.last.tolist() == [50.0, 50.0]
    assert allocate(counts, Natural()).last is None


def test_a_hundred_thousand_cells_take_no_loop() -> None:
    """Slow code here would show as minutes; the totals are checked."""
    generator = np.random.Generator(np.random.PCG64(0))
    rows = (1 + 5000 * generator.random(100_000) ** 8).astype(np.int64)
    counts = Counts(label=np.repeat(np.arange(50_000), 2), source=("real", "synthetic") * 50_000, num_rows=rows)
    share = Share(label=None, source="synthetic", share=0.3)
    made = allocate(counts, Power(), Modifiers(shares=(share,), max_repeat=20))

    assert made.quota.sum() == counts.total
    assert abs(made.quota[counts.synthetic].sum() - 0.3 * counts.total) < 1
    assert (made.quota <= 20 * rows).all()


@pytest.mark.parametrize(
    ("strategy", "modifiers"), [(Natural(), Modifiers(epoch_size=2**32)), (Oversample(target=2**31), Modifiers())]
)
def test_an_epoch_that_no_sampler_can_draw_is_refused(strategy: Strategy, modifiers: Modifiers) -> None:
    counts = counts_of((0, "real", 8), (1, "real", 2))

    with pytest.raises(PlanError, match="an epoch must be below 4,294,967,296 draws; got 4,294,967,296"):
        allocate(counts, strategy, modifiers)


def test_a_huge_max_repeat_limits_nothing() -> None:
    counts = counts_of((0, "real", 8), (1, "real", 2))

    assert allocate(counts, Oversample(), Modifiers(max_repeat=2**63 - 1)).quota.tolist() == [8, 8]


def test_classes_that_an_epoch_has_no_draw_for_are_named() -> None:
    counts = counts_of((0, "real", 90), (1, "real", 9), (3, "real", 1))
    made = allocate(counts, Natural(), Modifiers(epoch_size=10))

    assert made.quota.tolist() == [9, 1, 0]
    assert made.notes == ("an epoch of 10 draws is too short for class 3: no draws at all",)
    meant = allocate(counts, Natural(), Modifiers(shares=(Share(label=3, source=None, share=0.0),)))
    assert meant.notes == ()


def test_sources_that_an_epoch_has_no_draw_for_are_named() -> None:
    """Groups of --per-batch are of one cell, and a cell of fewer rows than half a group can be left without any."""
    cells = [(0, "real", 40), (1, "real", 10), (1, "web", 30), (2, "real", 2), (2, "web", 6), (3, "web", 4)]
    made = allocate(counts_of(*cells), Natural(), Modifiers(per_batch=(2, 4)))

    assert made.quota[3] == 0
    assert made.notes == ("rounding leaves no draw in an epoch of 92 draws to real of class 2",)


def test_an_epoch_that_per_batch_shortens_says_so() -> None:
    counts = counts_of((0, "real", 10), (1, "real", 10))
    made = allocate(counts, Natural(), Modifiers(per_batch=(2, 4), epoch_size=19))

    assert made.epoch_size == 16
    assert made.notes == ("with --per-batch quotas are multiples of 4: the epoch has 16 draws of 19",)
