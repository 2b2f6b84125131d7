"""Trainers built for one stage, and steps of random pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from datatool.loader import Batch
from datatool.schemas import Recipe
from datatool.trainers import ModuleTrainer, Stage, make_trainer

CLASSES = 4


def build(backbone: str, base: Path, *, trainer: str = "paddle", stage: int = 0, **sections: Any) -> ModuleTrainer:
    """A trainer built for one stage; ``sections`` override the recipe."""
    made = make_trainer(trainer)
    assert isinstance(made, ModuleTrainer)
    rebuild(made, backbone, base, stage=stage, **sections)
    return made


def rebuild(made: ModuleTrainer, backbone: str, base: Path, *, stage: int, **sections: Any) -> None:
    model = {"backbone": backbone, **sections.pop("model", {})}
    data = {"image_size": 32, **sections.pop("data", {})}
    recipe = Recipe.parse({"global": {"device": "cpu"}, "model": model, "data": data, **sections})
    share = np.full(CLASSES, 1 / CLASSES)
    made.build(Stage(index=stage, recipe=recipe, base=base, seed=0, prior=share, quota=100 * share), CLASSES)


def steps(made: ModuleTrainer, num: int = 3, *, size: int = 32, lr: float = 0.1, weights: Any = None) -> None:
    generator = np.random.default_rng(0)
    for seed in range(num):
        made.step(batch_of(made, generator, size=size, weights=weights), lr=lr, seed=seed)


def batch_of(made: ModuleTrainer, generator: np.random.Generator, *, size: int = 32, weights: Any = None) -> Batch:
    """Eight random pictures."""
    tensor, places = made.kit.tensor, np.arange(8)
    return Batch(
        images=tensor(generator.normal(size=(8, 3, size, size)).astype(np.float32)),
        labels=tensor(places % CLASSES),
        weights=tensor(np.ones(8, np.float32) if weights is None else weights),
        rows=places,
        positions=places,
    )


def changed(before: Any, after: Any) -> set[str]:
    assert list(before) == list(after), "names moved"
    return {name for name in before if not np.array_equal(before[name], after[name])}
