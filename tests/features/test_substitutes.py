"""A file that cannot be read gives the picture that the loader shows in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.errors import LoaderError
from datatool.features import FeatureBatches
from datatool.features._substitutes import NOBODY, substitutes
from datatool.loader import BalancedLoader
from datatool.samplers import BalancedSampler
from tests.helpers.memory_plans import memory_plan
from tests.helpers.pixel_features import SIZE, opened, written_plan


@given(st.data())
def test_they_are_the_first_readable_rows_of_those_that_the_sampler_names(data: st.DataObject) -> None:
    """In each view for itself, going around in the cell."""
    plan = memory_plan([4, 3, 5], rows=[4, 1, 3])
    views = data.draw(st.integers(1, 3))
    readable = np.array(data.draw(st.lists(st.booleans(), min_size=8 * views, max_size=8 * views)))
    sampler = BalancedSampler(plan, batch_size=1)
    found = substitutes(readable, plan.cells, views=views)
    assert set(found) == set(np.flatnonzero(~readable).tolist())
    for position in range(plan.epoch_size):
        drawn = sampler.draws(0, position)
        row, num_rows = int(drawn.rows[0]), int(plan.cells.num_rows[drawn.cells[0]])
        tried = [sampler.substitute(0, position, attempt) for attempt in range(1, num_rows)]
        for view in range(views):
            expected = next((one for one in tried if readable[one * views + view]), NOBODY)
            assert readable[row * views + view] or found[row * views + view] == expected


@pytest.mark.parametrize(
    "data",
    [{"augment": "crop-flip", "views": 3}, {"augment": "eval"}, {"augment": "eval", "views": 2}],
    ids=["views", "eval", "eval-views"],
)
def test_cached_and_eager_training_see_the_same_pictures(home: Path, data: dict[str, Any]) -> None:
    """Pixels, rows, labels and weights of three epochs, through a file that cannot be read; a second run reads them."""
    lines = (home / "train.txt").read_text().replace("pictures/train_0_5.jpg", "gone.jpg").splitlines()
    plan = written_plan(home, 3 * lines, gone="gone.jpg")  # of 108 rows one file may be unreadable
    found = 0
    for _ in range(2):
        cache, stage = opened(home, plan, data)
        loader = BalancedLoader(
            plan,
            batch_size=8,
            image_size=SIZE,
            framework="numpy",
            engine="threads",
            device="cpu",
            seed=3,
            num_threads=1,
            cache=None,
            eval_resize=stage.recipe.data.eval_resize,
            **data,
        )
        with loader:
            batches = FeatureBatches(cache, stage)
            for epoch in range(3):
                for cached, eager in zip(batches.epoch(epoch), loader.epoch(epoch), strict=True):
                    np.testing.assert_array_equal(cached.features, eager.images)
                    for name in ("rows", "positions", "labels", "weights"):
                        np.testing.assert_array_equal(getattr(cached, name), getattr(eager, name))
                    found += int(np.isin(eager.rows, list(cache.substitutes.values())).sum())
        assert len(cache.substitutes) == 3 * cache.views
    assert found


def test_a_cell_without_any_picture_is_named_when_it_is_drawn(home: Path) -> None:
    """Its one file is empty, and the only one of 121 rows."""
    whole = [f"pictures/train_0_{index % 24}.jpg 0" for index in range(120)]
    cache, stage = opened(home, written_plan(home, [*whole, "gone.jpg 1"], gone="gone.jpg"), {"augment": "eval"})
    with pytest.raises(LoaderError, match="class 1 of source 'real' has none"):
        list(FeatureBatches(cache, stage).epoch(0))
