from __future__ import annotations

import pytest

from datatool.errors import ConfigError
from datatool.samplers import Modifiers, Natural, Share, allocate
from tests.helpers.cells import counts_of

COUNTS = counts_of((0, "real", 60), (0, "synthetic", 20), (1, "real", 20))


def _quota(*shares: Share) -> list[int]:
    return [int(one) for one in allocate(COUNTS, Natural(), Modifiers(shares=shares)).quota]


def test_a_class_a_cell_and_a_source_can_be_fixed() -> None:
    assert _quota(Share(label=1, source=None, share=0.5)) == [38, 12, 50]
    assert _quota(Share(label=0, source="real", share=0.2)) == [20, 40, 40]
    assert _quota(Share(label=None, source="synthetic", share=0.5)) == [30, 50, 20]


def test_a_class_and_one_of_its_cells_can_be_fixed_together() -> None:
    shares = Share(label=0, source=None, share=0.5), Share(label=0, source="real", share=0.1)

    assert _quota(*shares) == [10, 40, 50]


def test_a_share_of_nothing_draws_nothing() -> None:
    assert _quota(Share(label=1, source=None, share=0.0)) == [75, 25, 0]


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ([(2, None, 0.1)], "class 2 has no rows"),
        ([(1, "synthetic", 0.1)], "class 1 has no synthetic rows"),
        ([(None, "web", 0.1)], "no row has the source web"),
        ([(0, None, 0.6), (1, None, 0.6)], "sum to at most 1; got 1.2"),
        ([(0, None, 0.6), (1, None, 0.3)], "sum to 1 where they name every class; got 0.9"),
        ([(0, None, 0.1), (0, "real", 0.2)], "class 0 must not pass the share of the class"),
        ([(1, None, 0.3), (1, "real", 0.2)], "class 1 must sum to the share of the class; they miss it by 0.1"),
        ([(0, None, 0.1), (0, None, 0.2)], "a share must be given once; got 0 twice"),
        ([(None, "real", 0.7), (None, "synthetic", 0.6)], "shares of sources must sum to 1"),
    ],
)
def test_shares_that_contradict_are_refused(shares: list[tuple[int | None, str | None, float]], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _quota(*(Share(label=label, source=source, share=share) for label, source, share in shares))

    assert sentence in str(caught.value)


def test_a_share_outside_zero_to_one_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"share of 3/real must lie in \[0, 1\]; got 1.5"):
        Share(label=3, source="real", share=1.5)
