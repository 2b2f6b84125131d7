"""Caches whose features are the pixels themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from datatool.features import FeatureCache
from datatool.features._store import FeatureStores
from datatool.models import Prefix
from datatool.schemas import Plan, Recipe
from datatool.trainers import Stage
from tests.helpers.least_trainer import Least

SIZE = 16


def written_plan(home: Path, lines: list[str], /, *, gone: str | None = None) -> Plan:
    """A plan that draws every class alike; ``gone`` is a file without a picture in it."""
    from datatool.balance import make_plan
    from datatool.rows import open_rows, resolve

    if gone is not None:
        (home / gone).write_bytes(b"")
    (home / "own.txt").write_text("\n".join([*lines, ""]))
    with open_rows(resolve(str(home / "own.txt"))) as rows:
        return make_plan(rows, strategy="oversample", out=home / "own.plan")


def opened(home: Path, plan: Plan, data: dict[str, Any], /) -> tuple[FeatureCache, Stage]:
    """The opened cache of a stage with this data section, and the stage."""
    recipe = Recipe.parse({"data": {"image_size": SIZE, "batch_size": 8, "num_threads": 1, **data}})
    shares = np.full(plan.class_num, 1 / plan.class_num)
    stage = Stage(index=0, recipe=recipe, base=home, seed=3, prior=shares, quota=shares)
    pixels = Prefix(key="pixels", shape=(3, SIZE, SIZE), run=np.array, tensor=np.asarray)
    cache = FeatureCache(Least(), stage, plan, pixels, stores=FeatureStores(home / "out", pixels, budget=1 << 30))
    assert cache.open()
    return cache, stage
