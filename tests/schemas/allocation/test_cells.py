from __future__ import annotations

import numpy as np

from datatool.schemas.allocation import Cells, Counts


def test_counts_of_a_mapping_stand_in_the_order_of_an_index() -> None:
    counts = Counts.of({3: {"real": 4}, 0: {"synthetic": 2, "real": 5, "web": 0}})

    assert counts.label.tolist() == [0, 0, 3]
    assert counts.source == ("real", "synthetic", "real")
    assert counts.num_rows.tolist() == [5, 2, 4]


def test_cells_of_a_plan_are_counts_too() -> None:
    counts = Counts.of({0: {"real": 5, "synthetic": 2}, 3: {"real": 4}})
    cells = Cells(
        label=counts.label, source=counts.source, num_rows=counts.num_rows, quota=np.array([7, 1, 8]), weight=np.ones(3)
    )

    assert cells.start.tolist() == [0, 5, 7, 11]
    assert cells.class_index.tolist() == [0, 0, 1]
    assert cells.per_class(cells.quota).tolist() == [8, 8]
