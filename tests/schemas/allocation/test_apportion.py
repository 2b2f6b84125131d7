from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datatool.schemas.allocation import largest_remainder, water_fill

MASSES = st.lists(st.floats(0, 1e6).map(lambda x: 0.0 if x < 1e-3 else x), min_size=1, max_size=30)


@given(masses=MASSES, total=st.integers(0, 10_000), seed=st.integers(0, 9))
def test_shares_become_whole_numbers_within_one_of_them(masses: list[float], total: int, seed: int) -> None:
    mass = np.array(masses) + 1e-3
    ideal = mass / mass.sum() * total
    whole = largest_remainder(ideal, np.array([total]), np.zeros(len(mass), np.int64), seed=seed)

    assert whole.sum() == total
    assert np.abs(whole - ideal).max() < 1 + 1e-6
    order = np.argsort(ideal, kind="stable")
    rises = np.diff(ideal[order]) > 1e-6
    assert (np.diff(whole[order])[rises] >= 0).all()


@given(masses=MASSES, share=st.floats(0, 1.5), data=st.data())
def test_water_stands_at_one_level_below_the_caps(masses: list[float], share: float, data: st.DataObject) -> None:
    mass = np.array(masses)
    cap = np.array(data.draw(st.lists(st.integers(0, 50), min_size=len(mass), max_size=len(mass))), np.float64)
    room = cap[mass > 0].sum()
    total = share * room
    filled = water_fill(mass, cap, np.array([total]), np.zeros(len(mass), np.int64))

    assert (filled <= cap).all()
    assert np.isclose(filled.sum(), min(total, room))
    free = (mass > 0) & (filled < cap * (1 - 1e-9))
    if free.any():
        level = filled[free] / mass[free]
        assert np.allclose(level, level[0])
        full = (mass > 0) & ~free
        assert (cap[full] <= level[0] * mass[full] * (1 + 1e-6)).all()


def test_groups_are_filled_apart() -> None:
    group = np.array([0, 1, 0, 1])
    filled = water_fill(np.array([1.0, 1, 3, 1]), np.array([9.0, 2, 9, 9]), np.array([8.0, 6]), group)

    assert filled.tolist() == [2.0, 2.0, 6.0, 4.0]


def test_vanishing_masses_stay_vanishing() -> None:
    """Proportional fitting drives cells towards 0; they must not jump to their caps."""
    filled = water_fill(np.array([1.4, 1e-319]), np.array([2.0, 2.0]), np.array([2.0]), np.zeros(2, np.int64))

    assert filled[1] < 1e-300


def test_equal_remainders_fall_differently_with_the_seed_and_the_same_with_one() -> None:
    ideal, total, group = np.full(9, 4 / 9), np.array([4]), np.zeros(9, np.int64)
    drawn = {tuple(largest_remainder(ideal, total, group, seed=seed).tolist()) for seed in range(20)}

    assert len(drawn) > 10
    assert largest_remainder(ideal, total, group, seed=3).tolist() == [0, 1, 0, 0, 0, 1, 1, 0, 1]


def test_a_full_member_gets_nothing_more() -> None:
    whole = largest_remainder(np.array([2.0, 1.5, 1.5]), np.array([5]), np.zeros(3, np.int64), cap=np.array([2, 1, 9]))

    assert whole.tolist() == [2, 1, 2]
