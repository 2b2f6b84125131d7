from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatool.samplers import hash_int, hash_u64
from datatool.samplers.order._permute import permute, permute_in_groups, unpermute

NUM_SEEDS = 200


@given(num=st.integers(1, 500), seed=st.integers(0, 2**32))
def test_every_item_has_one_place_and_finds_back(num: int, seed: int) -> None:
    key = hash_int("test", seed)
    place = permute(np.arange(num), num, key)

    assert sorted(place.tolist()) == list(range(num))
    assert unpermute(place, num, key).tolist() == list(range(num))


@given(
    sizes=st.lists(st.integers(1, 80), min_size=1, max_size=12),
    seed=st.integers(0, 2**32),
)
def test_sizes_and_keys_may_differ_from_item_to_item(sizes: list[int], seed: int) -> None:
    num = np.repeat(sizes, sizes)
    index = np.concatenate([np.arange(n) for n in sizes])
    key = np.repeat(hash_u64("test", seed, np.arange(len(sizes))), sizes)
    place = permute(index, num, key)

    expected = [permute(np.arange(n), n, hash_int("test", seed, i)) for i, n in enumerate(sizes)]
    assert place.tolist() == np.concatenate(expected).tolist()
    assert unpermute(place, num, key).tolist() == index.tolist()


@given(
    sizes=st.lists(st.integers(1, 2000), min_size=1, max_size=3),
    times=st.integers(1, 9),
    seed=st.integers(0, 2**32),
    num_items=st.sampled_from([0, 1, 40, 3000]),
)
@settings(deadline=None)
def test_items_that_share_permutations_go_where_they_go_alone(
    sizes: list[int], times: int, seed: int, num_items: int
) -> None:
    """Equal sizes, as of windows, and others; so few items of each that tables are worthless, and many."""
    num, random = np.repeat(sizes, times), np.random.default_rng(seed)
    key = hash_u64("test", seed, np.arange(len(num)))
    group = random.integers(0, len(num), num_items)
    index = random.integers(0, num[group])

    assert permute_in_groups(index, group, num, key).tolist() == permute(index, num[group], key[group]).tolist()


def test_large_sizes_work_up_to_the_largest_epoch() -> None:
    num = 2**32 - 1
    index = np.array([0, 1, 12345, num - 1])

    assert unpermute(permute(index, num, 5), num, 5).tolist() == index.tolist()
    assert permute(index, num, 5).max() < num


def test_nothing_goes_nowhere() -> None:
    assert permute(np.arange(0), 7, 1).tolist() == []
    assert unpermute(np.arange(0), np.arange(0), np.arange(0)).tolist() == []


@pytest.mark.parametrize("num", [2, 3, 4, 5, 8, 13, 16, 31, 32, 33, 40, 64, 100, 430])
def test_places_are_uniform_over_seeds(num: int) -> None:
    """Chi-square of (item, place) over 200 seeds, with the bound of a normal deviate of 5."""
    tables = _permutations(num)
    counts = np.zeros((num, num))
    for table in tables:
        counts[np.arange(num), table] += 1

    assert _deviate(counts, NUM_SEEDS / num, (num - 1) ** 2) < 5


@pytest.mark.parametrize("num", [3, 4, 5, 8, 13, 16, 31, 32, 33, 40, 64, 100, 430])
def test_gaps_between_neighbours_are_uniform_over_seeds(num: int) -> None:
    """Items next to each other do not stay so: chi-square of (place of i+1) - (place of i) modulo n."""
    tables = _permutations(num)
    gaps = np.concatenate([(table[1:] - table[:-1]) % num for table in tables])
    counts = np.bincount(gaps, minlength=num)[1:].astype(float)

    assert _deviate(counts, counts.sum() / (num - 1), num - 2) < 5


@pytest.mark.parametrize("num", [2, 3, 4])
def test_all_orders_of_a_few_items_are_equally_likely(num: int) -> None:
    keys = hash_u64("orders", num, np.arange(6000))
    code = np.zeros(6000, np.int64)
    for item in range(num):
        code = code * num + permute(np.full(6000, item), np.full(6000, num), keys)
    counts = np.unique(code, return_counts=True)[1].astype(float)
    orders = [1, 2, 6, 24][num - 1]

    assert len(counts) == orders
    assert _deviate(counts, 6000 / orders, orders - 1) < 5


@pytest.mark.parametrize("num", [5, 32, 33, 100])
def test_next_keys_give_unrelated_orders(num: int) -> None:
    tables = _permutations(num)
    same = np.mean([(a == b).mean() for a, b in itertools.pairwise(tables)])

    assert abs(same - 1 / num) < 5 * np.sqrt(1 / num / num / NUM_SEEDS)


def _permutations(num: int) -> list[np.ndarray]:
    return [permute(np.arange(num), num, hash_int("seeds", num, seed)) for seed in range(NUM_SEEDS)]


def _deviate(counts: np.ndarray, expected: float, degrees: int) -> float:
    """Chi-square as a normal deviate: (X - df) / sqrt(2 df)."""
    return float((((counts - expected) ** 2 / expected).sum() - degrees) / np.sqrt(2 * degrees))
