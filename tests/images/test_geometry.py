"""Sizes of pictures."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from datatool.images import short_side

SIDES = st.integers(1, 6000)


@given(width=SIDES, height=SIDES, target=st.integers(1, 512))
def test_the_short_side_is_exact(width: int, height: int, target: int) -> None:
    assert min(short_side(width, height, target)) == target
