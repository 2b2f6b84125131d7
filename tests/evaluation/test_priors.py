"""The prior that is taken out of logits is the one that is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.deploy import Predictor, export, predict
from datatool.evaluation import evaluate, softmax
from datatool.evaluation._priors import carried
from tests.helpers.runs import Run

SHARES = st.lists(st.floats(1e-3, 1), min_size=2, max_size=6)


def state(run: Path) -> dict[str, Any]:
    newest = max((run / "checkpoints").glob("step_*"), key=lambda path: int(path.name[5:]))
    found: dict[str, Any] = json.loads((newest / "state.json").read_text())
    return found


def results(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "eval.json").read_text())
    return found


@given(draws=SHARES, weights=st.lists(st.floats(0.1, 10), min_size=6, max_size=6), tau=st.floats(0, 2))
def test_what_logits_carry_minimises_the_adjusted_and_weighted_loss(
    draws: list[float], weights: list[float], tau: float
) -> None:
    """A model of biases alone: the best z has softmax(z + tau log pi) equal to the weighted shares."""
    pi = np.array(draws) / sum(draws)
    counted = pi * weights[: len(pi)]

    z = np.log(carried(pi, counted, logit_adjust=tau))

    np.testing.assert_allclose(softmax((z + tau * np.log(pi))[None])[0], counted / counted.sum(), rtol=1e-6)


def test_classes_without_rows_carry_nothing() -> None:
    assert carried(np.array([0.5, 0.0, 0.5]), np.array([3.0, 0.0, 1.0]), logit_adjust=None).tolist() == [0.75, 0, 0.25]


def test_a_fully_adjusted_loss_leaves_nothing_to_correct(run: Run) -> None:
    folder = run(loss={"logit_adjust": 1.0})

    found = results(folder)

    assert found["corrected_top1"] == found["top1"]
    assert found["corrected_balanced_accuracy"] == found["balanced_accuracy"]
    assert list(state(folder)["logit_prior"].values()) == pytest.approx([1 / 3] * 3)
    assert state(folder)["prior"] == pytest.approx({"0": 24 / 36, "1": 8 / 36, "2": 4 / 36})


def test_weights_that_balance_the_loss_leave_nothing_to_correct(run: Run) -> None:
    folder = run(data={"train": "train.txt", "strategy": "natural", "weights": "inverse"})

    found = results(folder)

    assert found["corrected_top1"] == found["top1"]
    assert list(state(folder)["logit_prior"].values()) == pytest.approx([1 / 3] * 3)
    assert state(folder)["prior"]["0"] == pytest.approx(24 / 36)


def test_the_prior_of_moving_quotas_is_the_last_epochs(run: Run) -> None:
    """In the checkpoint, and when the run is evaluated again or its results are made anew."""
    folder = run(data={"train": "train.txt", "strategy": "progressive:3"}, run={"epochs": 3}, optimizer={"lr": 0.2})
    first = results(folder)

    assert state(folder)["prior"] == pytest.approx({"0": 1 / 3, "1": 1 / 3, "2": 1 / 3}, abs=1e-12)
    assert first["corrected_top1"] == first["top1"]
    assert evaluate(folder).model_dump(exclude={"train_cells"}) == _without_cells(first)
    for name in ("eval.json", "report.html"):
        (folder / name).unlink()
    run(
        data={"train": "train.txt", "strategy": "progressive:3"},
        run={"epochs": 3},
        optimizer={"lr": 0.2},
        resume=True,
    )
    assert results(folder) == first


def test_each_epoch_is_corrected_by_its_own_prior(run: Run) -> None:
    """The checkpoint of the middle epoch has shares between the two ends."""
    folder = run(data={"train": "train.txt", "strategy": "progressive:3"}, run={"epochs": 2})

    assert state(folder)["prior"] == pytest.approx({"0": 0.5, "1": 10 / 36, "2": 8 / 36}, abs=1 / 36)


def test_an_adjusted_model_meets_equal_shares_as_it_is(run: Run, tmp_path: Path) -> None:
    """`predict --deploy-prior` adds nothing where nothing is carried."""
    folder = run(loss={"logit_adjust": 1.0}, run={"epochs": 1})
    export(folder, out=tmp_path / "model", num_images=4)
    paths = sorted(str(path) for path in (folder.parent.parent / "pictures").glob("val_*"))

    with_prior, without = (
        [line.scores.tolist() for line in predict(Predictor.open(tmp_path / "model"), paths, deploy_prior=prior)]
        for prior in ({0: 1.0, 1: 1.0, 2: 1.0}, None)
    )

    assert np.array(with_prior) == pytest.approx(np.array(without), abs=1e-6)


def _without_cells(document: dict[str, Any]) -> dict[str, Any]:
    from datatool.schemas import EvalDocument

    return EvalDocument.model_validate(document).model_dump(exclude={"train_cells"})
