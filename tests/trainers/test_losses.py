"""Losses against values computed by hand, on both frameworks."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.schemas import DistillSection, LossSection
from datatool.trainers import make_trainer
from datatool.trainers._losses import Loss
from tests.helpers.nets import batch_of, build, changed

LOGITS = [[2.0, 0.0, -1.0], [0.0, 1.0, 0.0]]
LABELS = [0, 2]
QUOTA = np.array([90.0, 9.0, 1.0])


@pytest.fixture(params=["paddle", "torch"])
def kit(request: pytest.FixtureRequest) -> Any:
    from datatool.frameworks import PaddleFramework, TorchFramework

    made = PaddleFramework() if request.param == "paddle" else TorchFramework()
    made.start(device="cpu", rank=0, world_size=1)
    return made


def rows(kit: Any, quota: Any = QUOTA, **section: Any) -> list[float]:
    loss = Loss(LossSection.model_validate(section), prior=quota / quota.sum(), quota=quota)
    tensor = kit.tensor
    found = loss.rows(kit.ops, tensor(np.array(LOGITS, np.float32)), tensor(np.array(LABELS)))
    return [float(value) for value in kit.array(found)]


def ce(logits: list[float], label: int) -> float:
    return math.log(sum(math.exp(value) for value in logits)) - logits[label]


PLAIN = [ce(LOGITS[0], 0), ce(LOGITS[1], 2)]


def test_plain_cross_entropy(kit: Any) -> None:
    """-log softmax(z)_y."""
    assert rows(kit) == pytest.approx(PLAIN, rel=1e-5)


def test_label_smoothing(kit: Any) -> None:
    """Targets (1 - e) onehot + e / K."""
    expected = [
        0.9 * ce(row, label) + 0.1 * sum(ce(row, other) for other in range(3)) / 3
        for row, label in zip(LOGITS, LABELS, strict=True)
    ]
    assert rows(kit, label_smoothing=0.1) == pytest.approx(expected, rel=1e-5)


def test_focal(kit: Any) -> None:
    """(1 - p)^g times cross-entropy; g = 0 is cross-entropy."""
    expected = [(1 - math.exp(-loss)) ** 2 * loss for loss in PLAIN]
    assert rows(kit, focal=2) == pytest.approx(expected, rel=1e-5)
    assert rows(kit, focal=0) == pytest.approx(PLAIN, rel=1e-5)


@pytest.mark.parametrize("exponent", [0, 0.25, 0.5, 1, 2])
def test_focal_gradients_stay_finite_where_the_class_is_certain(kit: Any, exponent: float) -> None:
    """p is 1 in float32; the other row has the gradient of the formula."""
    loss = Loss(LossSection(focal=exponent), prior=QUOTA, quota=QUOTA)
    logits = kit.tensor(np.array([[60.0, 0.0, 0.0], [0.0, 1.0, 0.0]], np.float32))
    kit.set_trainable(logits, True)
    kit.backward(loss.rows(kit.ops, logits, kit.tensor(np.array([0, 2]))).sum())
    certain, other = kit.array(logits.grad)
    assert np.abs(certain).max() < 1e-6

    def value(moved: float) -> float:
        plain = ce([0.0, 1.0, moved], 2)
        return float((1 - math.exp(-plain)) ** exponent * plain)

    assert other[2] == pytest.approx((value(1e-5) - value(-1e-5)) / 2e-5, rel=1e-4)


def test_logit_adjustment(kit: Any) -> None:
    """Cross-entropy of z + tau log pi."""
    shift = [0.5 * math.log(share) for share in (0.9, 0.09, 0.01)]
    expected = [
        ce([value + by for value, by in zip(row, shift, strict=True)], label)
        for row, label in zip(LOGITS, LABELS, strict=True)
    ]
    assert rows(kit, logit_adjust=0.5) == pytest.approx(expected, rel=1e-5)


def test_ldam(kit: Any) -> None:
    """z_y loses m (n_min / n_y)^(1/4): the rarest class the whole margin."""
    expected = [ce([2 - 0.5 * (1 / 90) ** 0.25, 0, -1], 0), ce([0, 1, -0.5], 2)]
    assert rows(kit, ldam=0.5) == pytest.approx(expected, rel=1e-5)


def test_classes_without_rows_are_left_out_of_every_prior(kit: Any) -> None:
    """Their logits are not moved, and nothing becomes infinite."""
    quota = np.array([50.0, 50.0, 0.0])
    half = math.log(0.5)
    expected = [ce([2 + half, half, -1], 0), ce([half, 1 + half, 0], 2)]
    assert rows(kit, quota, logit_adjust=1) == pytest.approx(expected, rel=1e-5)
    assert rows(kit, quota, ldam=0.5)[1] == pytest.approx(PLAIN[1], rel=1e-5)


def test_all_of_them_together(kit: Any) -> None:
    """Shift, margin, smoothing and focusing apply in this order."""
    shift = np.log(QUOTA / QUOTA.sum())
    expected = []
    for row, label in zip(LOGITS, LABELS, strict=True):
        moved = (np.array(row) + shift).tolist()
        moved[label] -= 0.3 * (1 / QUOTA[label]) ** 0.25
        smooth = 0.9 * ce(moved, label) + 0.1 * sum(ce(moved, other) for other in range(3)) / 3
        expected.append(smooth * (1 - math.exp(-ce(moved, label))) ** 1.5)
    assert rows(kit, logit_adjust=1, ldam=0.3, label_smoothing=0.1, focal=1.5) == pytest.approx(expected, rel=1e-5)


def test_hard_examples_are_the_largest_losses_of_real_rows() -> None:
    """A third of six real rows is two; filler rows are neither counted nor kept."""
    loss = Loss(LossSection(ohem=1 / 3), prior=QUOTA, quota=QUOTA)
    losses = np.array([0.1, 5.0, 0.3, 2.0, 9.0, 0.2, 0.4])
    weights = np.array([1, 1, 1, 1, 0, 1, 1])
    kept = loss.kept(losses, weights)
    assert kept is not None
    assert np.flatnonzero(kept).tolist() == [1, 3]


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_batch_weights_change_the_gradient_in_proportion(home: Path, trainer: str) -> None:
    """A step with weights w moves weights by the mean of single-row steps, weighed by w / sum(w)."""
    section = {"name": "sgd", "weight_decay": 0.0}
    weights = np.array([3, 1, 0, 0, 2, 0, 0, 0.5], np.float32)

    def moved(by: Any) -> Any:
        made = build(
            f"small_nets:{trainer}_net", home, trainer=trainer, model={"freeze": "backbone"}, optimizer=section
        )
        before = made.state().model["fc.weight"]
        made.step(batch_of(made, np.random.default_rng(0), lr=1.0, seed=0, weights=np.asarray(by, np.float32)))
        return made.state().model["fc.weight"] - before

    single = [moved(np.eye(8)[row]) for row in range(8)]
    expected = sum(weight * move for weight, move in zip(weights, single, strict=True)) / weights.sum()
    np.testing.assert_allclose(moved(weights), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(moved(weights), moved(10 * weights), rtol=1e-4, atol=1e-6)


def test_a_batch_of_fillers_changes_nothing(home: Path) -> None:
    """All weights 0: no step is taken, not even by decay or momentum."""
    made = build("small_nets:paddle_net", home, model={"freeze": "backbone"})
    made.step(batch_of(made, np.random.default_rng(0), lr=0.1, seed=0))
    before = made.state().model
    made.step(batch_of(made, np.random.default_rng(0), lr=0.1, seed=1, weights=np.zeros(8, np.float32)))
    assert not changed(before, made.state().model)


@pytest.mark.parametrize("framework", ["paddle", "torch"])
def test_the_taught_loss_is_its_formula(framework: str) -> None:
    pytest.importorskip(framework)
    kit = make_trainer(framework).kit  # type: ignore[attr-defined]
    kit.start(device="cpu", rank=0, world_size=1)
    logits = np.array([[2.0, 0.0, -1.0], [0.5, 0.5, 0.0]], np.float32)
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32)
    losses = np.array([1.0, 3.0], np.float32)
    section = DistillSection(teacher="x", weight=0.25, temperature=2.0)
    loss = Loss(LossSection(), prior=np.full(3, 1 / 3), quota=np.ones(3))

    actual = loss.taught(kit.ops, kit.tensor(losses), kit.tensor(logits), shares, section)

    soft = logits / 2.0
    log_p = soft - np.log(np.exp(soft).sum(axis=1, keepdims=True))
    expected = 0.75 * losses + 0.25 * 4.0 * -(shares * log_p).sum(axis=1)
    np.testing.assert_allclose(kit.array(actual), expected, rtol=1e-5)
