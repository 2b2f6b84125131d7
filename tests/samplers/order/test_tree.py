from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatool.samplers import hash_int
from datatool.samplers.order._steps import fits_float
from datatool.samplers.order._tree import CellDraws, QuotaTree

QUOTAS = st.lists(st.integers(0, 60), min_size=1, max_size=40).filter(any)


@given(quota=QUOTAS, batch=st.integers(1, 50), seed=st.integers(0, 2**31))
@settings(max_examples=50, deadline=None)
def test_each_cell_gets_its_draws_once_and_in_order(quota: list[int], batch: int, seed: int) -> None:
    tree = QuotaTree.build(np.array(quota), batch=batch)
    cell, number = tree.draws(np.arange(sum(quota)), hash_int("t", seed))

    for c, q in enumerate(quota):
        assert number[cell == c].tolist() == list(range(q))


@given(quota=QUOTAS, batch=st.integers(1, 50), seed=st.integers(0, 2**31))
@settings(max_examples=50, deadline=None)
def test_places_find_the_draws_back(quota: list[int], batch: int, seed: int) -> None:
    tree, key = QuotaTree.build(np.array(quota), batch=batch), hash_int("t", seed)
    draws = tree.draws(np.arange(sum(quota)), key)

    assert tree.places(draws, key).tolist() == list(range(sum(quota)))


@given(quota=QUOTAS, batch=st.integers(1, 50), seed=st.integers(0, 2**31), data=st.data())
@settings(max_examples=50, deadline=None)
def test_counts_are_those_of_the_draws_before(quota: list[int], batch: int, seed: int, data: st.DataObject) -> None:
    tree, key = QuotaTree.build(np.array(quota), batch=batch), hash_int("t", seed)
    place = data.draw(st.integers(0, sum(quota)))
    before = tree.draws(np.arange(place), key).cell

    assert tree.counts(place, key).tolist() == np.bincount(before, minlength=len(quota)).tolist()


@given(quota=QUOTAS, batch=st.integers(1, 50), seed=st.integers(0, 2**31))
@settings(max_examples=50, deadline=None)
def test_counts_are_never_far_from_ideal_at_any_place(quota: list[int], batch: int, seed: int) -> None:
    total = sum(quota)
    tree = QuotaTree.build(np.array(quota), batch=batch)
    cell = tree.draws(np.arange(total), hash_int("t", seed)).cell
    counts = (cell[:, None] == np.arange(len(quota))).cumsum(axis=0)
    ideal = np.arange(1, total + 1)[:, None] * np.array(quota) / total

    assert np.abs(counts - ideal).max() < 3


def test_a_place_is_computed_alone_as_among_others() -> None:
    tree = QuotaTree.build(np.arange(1, 200), batch=64)
    together = tree.draws(np.arange(19900), 7)
    alone = [tree.draws(np.array([place]), 7) for place in (0, 1, 9999, 19899)]

    assert [(int(d.cell[0]), int(d.number[0])) for d in alone] == [
        (int(together.cell[p]), int(together.number[p])) for p in (0, 1, 9999, 19899)
    ]


@given(quota=QUOTAS, batch=st.integers(1, 400), seed=st.integers(0, 2**31), data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_stretch_holds_the_draws_of_its_places(quota: list[int], batch: int, seed: int, data: st.DataObject) -> None:
    tree, key = QuotaTree.build(np.array(quota), batch=batch), hash_int("t", seed)
    first, end = sorted(data.draw(st.tuples(st.integers(0, sum(quota)), st.integers(0, sum(quota)))))
    stretch, draws = tree.draws_between(first, end, key), tree.draws(np.arange(first, end), key)

    assert stretch.cell.tolist() == draws.cell.tolist()
    assert stretch.number.tolist() == draws.number.tolist()


@pytest.mark.parametrize("batch", [64, 4096, 2**20])
@pytest.mark.parametrize("num_cells", [3, 1000, 20_000])
def test_floats_and_integers_take_draws_the_same_way(
    batch: int, num_cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    quota = np.random.default_rng(num_cells).integers(1, 2**27 // num_cells, num_cells)
    assert fits_float(int(quota.sum()))
    places = np.random.default_rng(0).integers(0, quota.sum(), 4000)
    start = int(quota.sum()) - 9000
    trees = [QuotaTree.build(quota, batch=batch) for _ in range(2)]
    draws = [trees[0].draws(places, 3), trees[0].draws_between(start, start + 8000, 3)]
    monkeypatch.setattr("datatool.samplers.order._tree.fits_float", lambda _: False)
    again = [trees[1].draws(places, 3), trees[1].draws_between(start, start + 8000, 3)]

    for mine, other in zip(draws, again, strict=True):
        assert (mine.cell == other.cell).all()
        assert (mine.number == other.number).all()


def test_a_stretch_of_an_epoch_too_long_for_floats_is_as_its_draws() -> None:
    tree = QuotaTree.build(np.array([2**31, 2**31 - 1000, 999]), batch=256)
    start = 2**32 - 5000
    assert not fits_float(2**32 - 1)
    stretch, draws = tree.draws_between(start, start + 4999, 3), tree.draws(np.arange(start, start + 4999), 3)

    assert (stretch.cell == draws.cell).all()
    assert (stretch.number == draws.number).all()


def test_depth_grows_with_the_logarithm_of_cells() -> None:
    """A million equal cells are 20 levels deep; very unequal ones are not much deeper than the draws' logarithm."""
    equal = QuotaTree.build(np.full(2**20, 3), batch=256)
    steep = QuotaTree.build(2 ** np.arange(31), batch=256)
    skew = QuotaTree.build(np.maximum(1, 1e7 / np.arange(1, 20_001) ** 1.5).astype(np.int64), batch=256)

    assert _depth(equal) == 20
    assert _depth(steep) <= 31
    assert _depth(skew) <= 36


@pytest.mark.parametrize("key", range(5))
def test_no_inner_child_takes_more_than_five_sevenths(key: int) -> None:
    """That keeps errors from piling up along a branch; two thirds, and what the blur of sorting adds."""
    tree = QuotaTree.build(np.random.default_rng(key).integers(1, 1000, 500), batch=64, key=key)
    inner = np.flatnonzero(tree.light)
    children = np.concatenate([tree.child[inner], tree.child[inner] + 1])
    parents = tree.parent[children]
    with_children = tree.light[children] > 0

    assert (tree.total[children] / tree.total[parents])[with_children].max() <= 5 / 7


def test_large_epochs_do_not_overflow() -> None:
    """Just below 2^32 draws, products of two counts need all 64 bits."""
    tree = QuotaTree.build(np.array([2**31, 2**31 - 1000, 999]), batch=256)
    places = np.array([0, 1, 2**31, 2**32 - 2])
    draws = tree.draws(places, 3)

    assert tree.places(draws, 3).tolist() == places.tolist()
    assert (draws.number < np.array([2**31, 2**31 - 1000, 999])[draws.cell]).all()


@pytest.mark.parametrize("batch", [1, 10**6])
def test_rare_cells_come_at_every_place_equally_often(batch: int) -> None:
    """Over many epochs no cell is early or late on average, with sparse nodes (1) and with busy ones (10^6)."""
    quota = np.array([1, 1, 2, 3, 5])
    tree = QuotaTree.build(quota, batch=batch)
    cells = np.array([tree.draws(np.arange(12), hash_int("epoch", e)).cell for e in range(4000)])
    share = (cells[:, :, None] == np.arange(5)).mean(axis=0)

    assert np.abs(share - quota / 12).max() < 0.05


def test_draws_of_nothing_are_nothing() -> None:
    tree = QuotaTree.build(np.array([3]), batch=1)

    assert len(tree.draws(np.arange(0), 1).cell) == 0
    assert len(tree.places(CellDraws(np.arange(0), np.arange(0)), 1)) == 0


def _depth(tree: QuotaTree) -> int:
    node, depth = np.flatnonzero(tree.light == 0), 0
    while (node > 0).any():
        node = tree.parent[node[node > 0]]
        depth += 1
    return depth
