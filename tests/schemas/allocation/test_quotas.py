from __future__ import annotations

import numpy as np

from datatool.schemas.allocation import Limits, round_quotas, source_margins

GROUP = np.array([0, 0, 1, 1, 2, 2])
SOURCES = ("real", "synthetic") * 3


def _limits(**options: object) -> Limits:
    fields: dict[str, object] = {"cap": np.full(6, 1000), "synthetic": np.array([False, True] * 3)}
    return Limits(**(fields | options))  # type: ignore[arg-type]


def test_classes_are_rounded_before_their_cells() -> None:
    """1.5 draws each in two cells are 3 of the class, not 1 or 2 twice."""
    quota = round_quotas(np.array([1.5, 1.5, 1.5, 1.5, 2.0, 2.0]), GROUP, _limits(), total=10)

    assert quota.reshape(3, 2).sum(1).tolist() == [3, 3, 4]


def test_quotas_are_multiples_of_the_unit_and_keep_caps() -> None:
    limits = _limits(unit=4, cap=np.array([1000, 10, 1000, 1000, 1000, 1000]))
    quota = round_quotas(np.array([10.0, 30, 20, 20, 10, 10]), GROUP, limits, total=100)

    assert (quota % 4 == 0).all()
    assert quota.tolist()[1] == 8
    assert quota.sum() == 100


def test_source_totals_are_exact_beside_class_totals() -> None:
    ideal = np.array([2.5, 2.5, 2.5, 2.5, 2.5, 2.5])
    margins = source_margins(SOURCES, {"synthetic": 0.4})
    quota = round_quotas(ideal, GROUP, _limits(), total=15, margins=margins)

    assert quota.reshape(3, 2).sum(1).tolist() == [5, 5, 5]
    assert quota.reshape(3, 2).sum(0).tolist() == [9, 6]
