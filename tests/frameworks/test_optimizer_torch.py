"""Optimizers of PyTorch: its own arithmetic, without what it loads for compiling."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from datatool.frameworks import Group, open_framework
from datatool.schemas import OptimizerSection

torch = pytest.importorskip("torch")

LR = 0.1
DECAY = 0.01
NAMES: dict[str, tuple[str, dict[str, float]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
}


def net() -> Any:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(144, 3))


def backward(model: Any, step: int) -> None:
    torch.manual_seed(step)
    model(torch.randn(2, 3, 8, 8)).square().mean().backward()


@pytest.mark.parametrize("name", NAMES)
def test_steps_are_those_of_the_optimizer_that_it_is_named_after(name: str) -> None:
    """Bit for bit, with two groups of which one learns at half the rate, over states that are saved and loaded."""
    ours, theirs = net(), net()
    kind, options = NAMES[name]
    expected = getattr(torch.optim, kind)(
        [{"params": theirs[0].parameters()}, {"params": theirs[2].parameters(), "lr": LR / 2}],
        lr=LR, weight_decay=DECAY, **options,
    )  # fmt: skip
    groups = [
        Group(parameters=dict(ours[place].named_parameters(prefix=str(place))), scale=scale)
        for place, scale in ((0, 1.0), (2, 0.5))
    ]
    section = OptimizerSection(name=name, lr=LR, weight_decay=DECAY)  # type: ignore[arg-type]
    made = open_framework("torch").optimizer(section, groups)
    for step in range(4):
        backward(theirs, step)
        expected.step()
        expected.zero_grad()
        backward(ours, step)
        made.step(LR)
        state = made.state()
        made = open_framework("torch").optimizer(section, groups)
        made.load_state(state)
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert one.grad is None
            assert torch.equal(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_no_step_loads_the_compiler(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes three seconds of every run that compiles nothing."""
    monkeypatch.setitem(sys.modules, "torch._dynamo", None)  # importing it now raises
    model = net()
    groups = [Group(parameters=dict(model.named_parameters()), scale=1.0)]
    made = open_framework("torch").optimizer(OptimizerSection(name=name), groups)  # type: ignore[arg-type]
    backward(model, 0)
    made.step(LR)
    made.load_state(made.state())
