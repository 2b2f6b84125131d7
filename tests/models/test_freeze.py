"""Freezing: weights and statistics bit-identical, names unchanged, patterns on any layer tree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from tests.helpers.nets import batch_of, build, changed, rebuild, steps
from tests.helpers.runs import Run, weights


@pytest.fixture
def nets(home: Path) -> Path:
    return home


@pytest.mark.parametrize(
    ("backbone", "freeze", "trains"),
    [
        ("paddle.vision:resnet18", "backbone", ("fc.",)),
        ("paddle.vision:resnet18", "until:layer3", ("layer4.", "fc.")),
        ("paddle.vision:mobilenet_v3_small", "backbone", ("classifier.3.",)),
        ("paddle.vision:mobilenet_v3_small", "until:blocks.9", ("blocks.10.", "lastconv.", "classifier.")),
        ("small_nets:paddle_vit", "until:blocks.0", ("blocks.1.", "norm.", "head.")),
        ("small_nets:paddle_net", ["conv*", "bn1"], ("bn2.", "fc.")),
        ("datatool:resnet18_vd", ["stem", "blocks.[0-5]"], ("blocks.6.", "blocks.7.", "fc.")),
    ],
)
def test_frozen_weights_and_statistics_keep_every_bit(
    nets: Path, backbone: str, freeze: Any, trains: tuple[str, ...]
) -> None:
    """Only what is not frozen changes, batch-norm statistics included, and names stay."""
    made = build(backbone, nets, model={"freeze": freeze})
    before = made.state().model
    steps(made)
    after = made.state()
    moved = changed(before, after.model)
    assert moved
    assert all(name.startswith(trains) for name in moved)
    assert all(name.startswith(trains) for name in after.optimizer)
    for prefix in trains:
        assert any(name.startswith(prefix) for name in moved), f"{prefix} does not train"


def test_without_freezing_everything_trains(nets: Path) -> None:
    """Every parameter and every statistic moves."""
    made = build("small_nets:paddle_net", nets)
    before = made.state().model
    steps(made)
    assert changed(before, made.state().model) == set(before)


def test_a_frozen_dropout_is_off_and_a_trained_one_on(nets: Path) -> None:
    """`until:flatten` leaves dropout in the part that trains; `backbone` does not."""
    for freeze, differs in (("until:flatten", True), ("backbone", False)):
        made = build("small_nets:paddle_net", nets, model={"freeze": freeze})
        generator = np.random.default_rng(0)
        batch = batch_of(made, generator)
        first, second = (made.step(batch, lr=0.0, seed=seed) for seed in (1, 2))
        assert (not np.array_equal(first, second)) == differs


@pytest.mark.parametrize(
    ("freeze", "hint"),
    [
        ("until:layer9", "did you mean 'layer4'?"),
        (["layer1", "layr2"], "did you mean 'layer2'?"),
        ("layer1", "did you mean 'until:layer1'"),
        (["*"], "must leave something to train"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused(nets: Path, freeze: Any, hint: str) -> None:
    """With the nearest name."""
    with pytest.raises(ConfigError) as caught:
        build("paddle.vision:resnet18", nets, model={"freeze": freeze})
    assert hint in str(caught.value)


def test_layers_thaw_stage_by_stage(nets: Path) -> None:
    """Each stage trains more; weights go on from stage to stage."""
    made = build("small_nets:paddle_net", nets, model={"freeze": "backbone"})
    for stage, (freeze, trains) in enumerate([("until:bn1", ("conv2", "bn2", "fc")), ("none", ("conv", "bn", "fc"))]):
        before = made.state().model
        rebuild(made, "small_nets:paddle_net", nets, stage=stage + 1, model={"freeze": freeze})
        assert not changed(before, made.state().model)
        steps(made)
        moved = changed(before, made.state().model)
        assert {name.split(".")[0].rstrip("12") for name in moved} == {name.rstrip("12") for name in trains}
        assert ("conv1.weight" in moved) == (freeze == "none")


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_rates_decay_towards_the_input(nets: Path, trainer: str) -> None:
    """With plain gradient descent a step is rate x gradient: block for block smaller by the decay."""
    backbone = f"small_nets:{trainer}_net"
    optimizer = {"name": "sgd", "weight_decay": 0, "lr": 0.1}
    moves = []
    for decay in (1.0, 0.5):
        made = build(backbone, nets, trainer=trainer, optimizer={**optimizer, "layer_decay": decay})
        before = made.state().model
        steps(made, 1)
        after = made.state().model
        moves.append({name: after[name] - before[name] for name in before})
    for power, name in enumerate(["fc.bias", "bn2.bias", "conv2.bias", "bn1.bias", "conv1.weight"]):
        np.testing.assert_allclose(moves[1][name], moves[0][name] * 0.5**power, rtol=0.02, atol=1e-7)


def test_a_frozen_run_starts_from_its_weights_and_ends_with_them(run: Run, write_recipe: Callable[..., Path]) -> None:
    """Through the whole loop, features cached or not: the backbone of the checkpoint is the initial one."""
    frozen = {"model": {"freeze": "backbone"}, "data": {"augment": "eval"}}
    cached = weights(run("cached", run={"feature_cache": "on"}, **frozen))
    eager = weights(run("eager", run={"feature_cache": "off"}, **frozen))
    untrained = build("small_nets:paddle_net", write_recipe().parent).state().model
    for name in cached:
        if not name.startswith("fc."):
            assert np.array_equal(cached[name], eager[name])
    assert untrained.keys() == {name for name in cached if "velocity" not in name}
