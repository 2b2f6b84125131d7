"""A head trained here is the head that the trainers train, and nothing of a held-out row is trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datatool.advise import _cross
from datatool.advise._cross import Folds, corrected, make_folds
from datatool.advise._draws import Draws
from datatool.advise._sgd import LinearHead, is_plain, train_heads
from datatool.advise._ways import parse_way
from datatool.probe import BackboneOptions, Probe, open_probe, probe_rows, settle_backbone
from datatool.rows import open_rows, resolve
from datatool.schemas import Recipe
from datatool.trainers import Stage
from tests.helpers.frozen import frozen_recipe


def probed(home: Path, trainer: str, **sections: dict[str, object]) -> Probe:
    backbone = settle_backbone(BackboneOptions(recipe=frozen_recipe(home, trainer=trainer, **sections)))
    with open_rows(resolve(str(home / "train.txt"))) as rows:
        found = probe_rows(rows)
    with open_probe(found, backbone, home=home / "features") as probe:
        return probe


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
@pytest.mark.parametrize("way", ["oversample", "weights:inverse"])
def test_a_head_is_the_one_that_the_trainer_trains(home: Path, trainer: str, way: str) -> None:
    """From the same first weights, over the same batches, beside another way: the same logits within rounding."""
    probe = probed(home, trainer, optimizer={"lr": 0.1, "weight_decay": 0.01, "warmup_epochs": 1})
    recipe, rows = probe.backbone.recipe, np.arange(len(probe.rows))
    natural, draws = (
        Draws(parse_way(name), rows, probe.rows.place, probe.rows.source, num_classes=3, batch_size=8, seed=5)
        for name in ("natural", way)
    )
    stage = Stage(index=0, recipe=recipe, base=probe.backbone.base, seed=5, prior=draws.prior, quota=draws.prior * 36)
    assert probe.model.trainer.begin_again(stage, 3)
    state = probe.model.trainer.state().model
    weight = state["fc.weight"] if trainer == "paddle" else state["fc.weight"].T
    start = LinearHead(weight=weight.astype(np.float32), bias=state["fc.bias"].astype(np.float32))
    beside, head = train_heads(probe.features, [natural, draws], recipe, start=start)
    assert not np.allclose(beside.logits(probe.features), head.logits(probe.features), atol=0.01)
    ask = _cross._by_trainer(probe, draws, num_classes=3, seed=5)
    np.testing.assert_allclose(head.logits(probe.features), ask(rows), rtol=2e-3, atol=2e-4)


def test_batches_are_those_of_the_sampler_step_by_step() -> None:
    """Whole, and a last one that is not; a batch may be larger than the list."""
    place = np.arange(50) % 3
    source = np.array(["real", "synthetic"], object)[(np.arange(50) % 5 == 0).astype(int)]
    for size in (8, 41, 64):
        draws = Draws(parse_way("oversample"), np.arange(9, 50), place, source, num_classes=3, batch_size=size, seed=1)
        for epoch in range(2):
            batches = list(draws.epoch(epoch))
            assert len(batches) == len(draws)
            for step, (rows, labels, weights) in enumerate(batches):
                drawn = draws._sampler.draws(epoch, step)
                assert (drawn.cells.size, 41) == (len(rows), draws.num_rows)
                np.testing.assert_array_equal(draws._rows[drawn.rows], rows)
                np.testing.assert_array_equal(place[rows], labels)
                np.testing.assert_array_equal(draws.cells.weight[drawn.cells].astype(np.float32), weights)


def test_recipes_that_are_more_than_sgd_on_cross_entropy_go_to_the_trainer() -> None:
    assert is_plain(Recipe())
    for section, keys in (
        ("loss", {"focal": 2.0}),
        ("loss", {"label_smoothing": 0.1}),
        ("optimizer", {"name": "adamw"}),
        ("model", {"bottleneck": 8}),
        ("run", {"trainer": "mine"}),
    ):
        assert not is_plain(Recipe.parse({section: keys})), (section, keys)


def test_synthetic_rows_are_left_out_where_their_parent_is_held_out(home: Path) -> None:
    probe = probed(home, "paddle")
    source = probe.rows.source.copy()
    source[:12] = "synthetic"
    rows = probe.rows.some(np.arange(len(source)))
    object.__setattr__(rows, "source", source)
    object.__setattr__(probe, "rows", rows)
    parents = np.where(np.arange(36) < 12, np.arange(36) + 12, -1)
    folds = make_folds(probe, parents, seed=0)
    for repeat, held in folds.parts:
        train, score = folds.split(repeat, held)
        assert not rows.synthetic[score].any()
        assert not np.isin(parents[train[train < 12]], score).any()
    assert folds.scored.sum() == 24


def test_corrected_logits_carry_the_shares_asked_for() -> None:
    """Logits of a prior of 9 to 1, and a picture that says nothing: the corrected ones are even."""
    prior = np.array([0.9, 0.1])
    [even] = corrected([np.log(prior)[None].astype(np.float32)], [prior], np.array([0.5, 0.5]))
    np.testing.assert_allclose(even[0, 0], even[0, 1], atol=1e-6)
    [never] = corrected([np.zeros((1, 2), np.float32)], [prior], np.array([1.0, 0.0]))
    assert never.argmax() == 0


def test_one_split_takes_the_place_of_all_folds_on_large_sets() -> None:
    folds = Folds(fold=np.arange(10)[None] % 5, held=range(1), synthetic=np.zeros(10, np.bool_))
    assert folds.parts == [(0, 0)]
    assert folds.scored.sum() == 2
