from __future__ import annotations

import math
import pickle

from datatool.samplers.order._recent import Recent


def test_only_the_last_values_are_kept() -> None:
    made: list[int] = []

    def make(key: int) -> int:
        made.append(key)
        return key * key

    recent = Recent(make, size=2)

    assert [recent(key) for key in (1, 2, 1, 2, 3, 2, 1)] == [1, 4, 1, 4, 9, 4, 1]
    assert made == [1, 2, 3, 1]


def test_values_stay_behind_when_it_is_pickled() -> None:
    recent = Recent(math.factorial, size=2)
    recent(5)
    copy = pickle.loads(pickle.dumps(recent))

    assert copy._known == {}
    assert copy(5) == 120
