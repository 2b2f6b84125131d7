"""A model is tried on two pictures before the first step, in both modes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from tests.helpers.nets import build
from tests.helpers.runs import Run

BOTH = pytest.mark.parametrize("trainer", ["paddle", "torch"])

ODD = """
import {framework}
from {framework} import nn

BASE = nn.{base}


class Odd(BASE):
    def __init__(self, class_num, give):
        super().__init__()
        self.conv = nn.{conv}(3, 4, 3, padding=1)
        self.norm = nn.{norm}(4)
        self.fc = nn.Linear(4, class_num)
        self.give = give

    def forward(self, x):
        maps = self.norm(self.conv(x))
        logits = self.fc(maps.flatten(2).mean(-1))
        return self.give(self, logits, maps)


def pair(class_num):
    return Odd(class_num, lambda net, logits, maps: (logits, maps))


def pair_in_training(class_num):
    return Odd(class_num, lambda net, logits, maps: (logits, maps, maps) if net.training else logits)


def named(class_num):
    return Odd(class_num, lambda net, logits, maps: {{"out": logits, "aux": maps}})


def map_of_scores(class_num):
    return Odd(class_num, lambda net, logits, maps: maps)


def raises(class_num):
    return Odd(class_num, lambda net, logits, maps: net.nowhere)


def needs_100(class_num):
    def give(net, logits, maps):
        if maps.shape[-1] < 100:
            raise ValueError("nothing is left to pool")
        return logits

    return Odd(class_num, give)


def sound(class_num):
    return Odd(class_num, lambda net, logits, maps: logits)
"""


@pytest.fixture
def odd(home: Path) -> Path:
    """`odd_paddle` and `odd_torch` beside the recipe."""
    for framework, base, conv, norm in (
        ("paddle", "Layer", "Conv2D", "BatchNorm2D"),
        ("torch", "Module", "Conv2d", "BatchNorm2d"),
    ):
        (home / f"odd_{framework}.py").write_text(ODD.format(framework=framework, base=base, conv=conv, norm=norm))
    return home


@BOTH
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pair", r"one tensor of logits, \(N, 3\); in evaluation mode it gives a tuple of 2"),
        ("pair_in_training", r"one tensor of logits, \(N, 3\); in training mode it gives a tuple of 3"),
        ("named", "in evaluation mode it gives a dict with out, aux"),
        (
            "map_of_scores",
            r"one row of logits per picture, \(2, 3\) for two; in evaluation mode it gives \(2, 4, 16, 16\)",
        ),
        (
            "raises",
            r"must take a batch of pictures, \(N, 3, 16, 16\); in evaluation mode it raised AttributeError: .*nowhere",
        ),
        ("needs_100", "data.image_size 16; in evaluation mode it raised ValueError: nothing is left to pool"),
    ],
)
def test_what_gives_or_takes_something_else_is_told_in_a_sentence(
    run: Run, odd: Path, trainer: str, name: str, said: str
) -> None:
    """Before the first step; nothing is left behind."""
    with pytest.raises(ConfigError, match=said) as caught:
        run(model={"backbone": f"odd_{trainer}:{name}"}, run={"trainer": trainer})
    assert (name == "needs_100") == ("set data.image_size to 224, with which it runs" in str(caught.value))
    assert not (odd / "runs" / "r").exists()


def test_backbones_of_paddle_that_need_larger_pictures_say_so(run: Run) -> None:
    """AlexNet at 64 pixels, and GoogLeNet, which gives three outputs."""
    with pytest.raises(ConfigError, match=r"must take pictures of data\.image_size 64"):
        run(model={"backbone": "paddle.vision:alexnet"}, data={"image_size": 64})
    with pytest.raises(ConfigError, match=r"in evaluation mode it gives a (list|tuple) of 3"):
        run(model={"backbone": "paddle.vision:googlenet"}, data={"image_size": 64})


@BOTH
def test_trying_leaves_no_trace(odd: Path, trainer: str) -> None:
    """Running statistics of batch norm are those of a new model."""
    made = build(f"odd_{trainer}:sound", odd, trainer=trainer)
    state: dict[str, Any] = dict(made.state().model)
    [mean] = [value for name, value in state.items() if "mean" in name]
    [variance] = [value for name, value in state.items() if "var" in name]
    np.testing.assert_array_equal(mean, np.zeros(4))
    np.testing.assert_array_equal(variance, np.ones(4))
