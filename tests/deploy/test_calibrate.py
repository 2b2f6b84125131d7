"""`datatool calibrate`: a temperature and a threshold on held-out rows, taken along by export and used by predict."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from datatool.deploy import Predictor, calibrate, export, image_paths, predict, write_parquet
from datatool.deploy._calibrate import _document
from datatool.deploy._temperature import HeldOut, cross_fitted, fit_temperature, tried_thresholds
from datatool.errors import CheckpointError, ConfigError
from datatool.evaluation import calibration_error
from tests.helpers.program import Cli


def _drawn(
    temperature: float, num: int = 4000, *, seed: int = 0, prior: tuple[float, ...] = (0.5, 0.3, 0.2)
) -> HeldOut:
    """Rows whose labels are drawn from softmax(logits / temperature + shift)."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(num, 3)).astype(np.float32) * 4
    rows = HeldOut(
        logits=logits,
        label=np.zeros(num, np.int64),
        weights=np.ones(num),
        shift=np.log(np.array(prior) * 3),
    )
    drawn = generator.random(num)[:, None] > rows.probabilities(temperature).cumsum(axis=1)
    return HeldOut(logits=logits, label=drawn.sum(axis=1).clip(max=2), weights=rows.weights, shift=rows.shift)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_that_labels_were_drawn_with_is_found(temperature: float) -> None:
    """Under shares in use that differ from those in training; scores under it are calibrated."""
    rows = _drawn(temperature)
    assert fit_temperature(rows) == pytest.approx(temperature, rel=0.06)
    after = cross_fitted(rows)
    assert after.sum(axis=1) == pytest.approx(np.ones(len(after)))
    assert calibration_error(after.max(axis=1), after.argmax(axis=1) == rows.label) < 0.03


def test_a_temperature_that_is_worse_on_other_rows_is_not_kept() -> None:
    """Of few rows whose scores are right as they are; a fit that helps is kept."""
    kept = {}
    for seed in range(12):
        rows = _drawn(1.0, 15, seed=seed)
        document = _document(rows, precision=None, prior={0: 0.5, 1: 0.3, 2: 0.2})
        helps = document.loss_after < document.loss_before
        kept[helps] = document
        found = document.calibration
        assert found.temperature == (fit_temperature(rows) if helps else 1.0)
        assert (found.calibration_error_after == found.calibration_error_before) is not helps
        assert document.loss_before == rows.loss(1.0)
    assert set(kept) == {True, False}
    assert _document(_drawn(3.0), precision=None, prior={0: 1.0}).calibration.temperature == pytest.approx(3, rel=0.1)


def test_weighted_rows_are_as_many_copies() -> None:
    """A row of weight 3 counts as three rows."""
    rows, generator = _drawn(2.0, 300), np.random.default_rng(1)
    times = generator.integers(1, 4, 300)
    copies = rows.at(np.repeat(np.arange(300), times))
    weighted = HeldOut(logits=rows.logits, label=rows.label, weights=times / times.mean(), shift=rows.shift)
    assert fit_temperature(weighted) == pytest.approx(fit_temperature(copies), rel=1e-9)
    assert weighted.loss(1.7) == pytest.approx(copies.loss(1.7), rel=1e-9)


def test_the_precision_that_is_promised_is_kept() -> None:
    """Over 300 held-out sets of known scores: at most 5 % of the thresholds fall short on what comes after them."""
    generator = np.random.default_rng(0)
    short = chosen = 0
    for _ in range(300):
        score = generator.uniform(0.3, 1, 400)
        tried = tried_thresholds(score, generator.random(400) < score, np.ones(400))
        assert [round(each.coverage, 9) for each in tried] == [tenths / 10 for tenths in range(10, 0, -1)]
        found = next((each for each in tried if each.low >= 0.75), None)
        if found is not None:
            chosen += 1
            short += (1 + found.threshold) / 2 < 0.75  # the mean score above it is the rate of hits
    assert chosen > 250
    assert short <= 0.05 * chosen


def test_export_takes_it_along_and_predict_abstains_below_the_threshold(trained: Path, tmp_path: Path) -> None:
    """Scores are softmax(logits / temperature + shift); the answer is null where the first is below the threshold."""
    run = shutil.copytree(trained, trained.parent / "calibrated")
    paths = image_paths([str(trained.parents[1] / "val.txt")])
    export(run, out=tmp_path / "plain")
    document = calibrate(run, precision=0.3)
    assert (run / "calibration.html").read_text().count("a threshold does not find new classes") == 1
    meta = export(run, out=tmp_path / "model").meta
    assert meta.calibration == document.calibration
    found = document.calibration
    assert found.threshold is not None
    assert found.reached_low >= 0.3
    model = Predictor.open(tmp_path / "model")
    model = Predictor(
        meta=meta.model_copy(update={"calibration": found.model_copy(update={"threshold": 0.5})}), run=model.run
    )
    lines = [each.to_dict(meta.names) for each in predict(model, paths)]
    shift = np.log([found.prior[index] / meta.prior[index] for index in range(3)])
    expected = Predictor.open(tmp_path / "plain").logits(paths) / found.temperature + shift
    expected = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    for line, scores in zip(lines, expected, strict=True):
        assert line["topk"][0]["score"] == pytest.approx(scores.max(), abs=1e-4)
        assert line["answer"] == (line["topk"][0] if line["topk"][0]["score"] >= 0.5 else None)
    predictions = list(predict(model, paths))
    write_parquet(predictions, meta.names, tmp_path / "p.parquet")
    answers = pq.read_table(tmp_path / "p.parquet")["answer"].to_pylist()
    assert [answer is None for answer in answers] == [not each.is_answered for each in predictions]
    assert all("answer" not in line.to_dict(meta.names) for line in predict(Predictor.open(tmp_path / "plain"), paths))


def test_it_belongs_to_one_checkpoint(trained: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Another checkpoint is exported without it, which is said; a broken file is named."""
    run = shutil.copytree(trained, trained.parent / "other")
    first = min(int(path.name[5:]) for path in (run / "checkpoints").iterdir())
    calibrate(run, checkpoint=f"step_{first}")
    with caplog.at_level("INFO"):
        assert export(run, out=tmp_path / "model").meta.calibration is None
    assert f"calibration.json is of step {first}, not of this checkpoint" in caplog.text
    assert export(run, out=tmp_path / "model", checkpoint=f"step_{first}").meta.calibration is not None
    (run / "calibration.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"calibration\.json must be what datatool calibrate wrote"):
        export(run, out=tmp_path / "again")


def test_classes_without_held_out_rows_keep_their_share(trained: Path, tmp_path: Path) -> None:
    """They are named, and not forbidden."""
    run, home = shutil.copytree(trained, trained.parent / "unseen"), trained.parents[1]
    lines = (home / "val.txt").read_text().splitlines()
    (home / "two.txt").write_text("\n".join(line for line in lines if not line.endswith("2")) + "\n")
    document = calibrate(run, list=str(home / "two.txt"))
    assert document.unseen == ["2"]
    assert document.calibration.prior[2] == pytest.approx(_share_of_two(trained), abs=1e-6)
    assert sum(document.calibration.prior.values()) == pytest.approx(1)
    assert document.calibration.threshold is None


def _share_of_two(run: Path) -> float:
    """Share of class 2 in what the run trained on."""
    newest = max((run / "checkpoints").iterdir(), key=lambda path: int(path.name[5:]))
    return float(json.loads((newest / "state.json").read_text())["logit_prior"]["2"])


def test_what_cannot_be_shown_is_refused_and_nothing_is_written(trained: Path) -> None:
    """A precision out of reach, or out of range; the sentence says what the rows show."""
    run = shutil.copytree(trained, trained.parent / "refused")
    with pytest.raises(ConfigError, match=r"--precision must be one that the 18 held-out rows can show; got 0\.999"):
        calibrate(run, precision=0.999)
    with pytest.raises(ConfigError, match="must lie between 0 and 1; got 1"):
        calibrate(run, precision=1.0)
    assert not list(run.glob("calibration*"))


def test_the_command_says_before_and_after(trained: Path, process: Cli, tmp_path: Path) -> None:
    """And what a threshold cannot do; the document with --json; `predict` says what its scores are."""
    run = shutil.copytree(trained, trained.parent / "said")
    (tmp_path / "prior.json").write_text('{"0": 8, "1": 1, "2": 1}')
    command = ("-m", "datatool", "calibrate", str(run), "--deploy-prior", str(tmp_path / "prior.json"))
    done = process(*command)
    assert done.code == 0, done.err
    assert "expected calibration error" in done.out
    assert "does not find those" in done.err
    document = json.loads(process(*command, "--json", "--precision", "0.2").out)
    assert document["schema"] == "datatool.calibration/1"
    assert document["calibration"]["prior"] == {"0": 0.8, "1": 0.1, "2": 0.1}
    export(run, out=tmp_path / "model")
    said = process("-m", "datatool", "predict", str(tmp_path / "model"), str(trained.parents[1] / "val.txt"))
    assert "scores are calibrated" in said.err
    assert all("answer" in json.loads(line) for line in said.out.splitlines())
