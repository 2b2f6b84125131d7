"""`data.test` is scored once, at the end, and nothing is chosen by it."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import ConfigError, DatasetError
from datatool.evaluation import evaluate_rows
from datatool.training import _fit as fit_module
from tests.helpers.runs import Run, figures, same


@pytest.fixture
def other(home: Path) -> Path:
    """A list of other labels: what chooses by it chooses otherwise."""
    lines = (home / "val.txt").read_text().splitlines()
    turned = [f"{line.rpartition(' ')[0]} {(int(line[-1]) + 1) % 3}" for line in lines]
    (home / "test.txt").write_text("\n".join(turned[::2]) + "\n")
    return home


def test_it_is_scored_once_and_written_beside_the_results_on_val(
    run: Run, other: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One evaluation in all; both documents say which list, step and weights they are about."""
    caplog.set_level(logging.INFO)
    asked: list[int] = []
    whole = evaluate_rows

    def counted(trainer: Any, rows: Any, **options: Any) -> Any:
        asked.append(len(rows))
        return whole(trainer, rows, **options)

    monkeypatch.setattr(fit_module, "evaluate_rows", counted)
    folder = run(data={"test": "test.txt"}, optimizer={"ema": 0.5})
    assert asked == [9]
    val, test = (json.loads((folder / name).read_text()) for name in ("eval.json", "test.json"))
    assert (val["split"], val["dataset"], val["step"], val["weights"]) == ("val", "val.txt", 10, "averaged")
    assert (test["split"], test["dataset"], test["step"], test["weights"]) == ("test", "test.txt", 10, "averaged")
    assert sum(row["support"] for row in test["per_class"]) == 9
    assert "9 of the 9 rows of data.test are rows of data.val too" in caplog.text
    assert (folder / "test.csv").read_text().startswith("class,name,support")
    page = (folder / "report.html").read_text()
    assert "data.test, scored once at the end" in page
    assert f"{test['balanced_accuracy']:.3f}" in page


def test_a_run_is_the_same_with_and_without_it(run: Run, other: Path) -> None:
    """Weights, log, checkpoints kept, and the epoch at which a stage stops."""
    sections: dict[str, Any] = {"run": {"epochs": 6, "early_stop": 1, "keep": 2}}
    without = run("without", **sections)
    given = run("given", data={"test": "test.txt"}, **sections)
    assert same(without, given)
    assert figures(without) == figures(given)
    names = [sorted(path.name for path in (each / "checkpoints").iterdir()) for each in (without, given)]
    assert names[0] == names[1]


def test_it_is_looked_at_before_the_first_step(run: Run, home: Path) -> None:
    """A class that the run has not, and a data set without test rows, leave nothing behind."""
    (home / "test.txt").write_text("pictures/val_0_0.jpg 7\n")
    with pytest.raises(DatasetError, match="must be below class_num 3; got 7"):
        run(data={"test": "test.txt"})
    (home / "two.yaml").write_text("train: [{list: train.txt}]\nval: [{list: val.txt}]\n")
    with pytest.raises(DatasetError, match=r"must have the split test; 'two\.yaml' has train and val"):
        run(data={"test": "two.yaml"})
    with pytest.raises(ConfigError, match=r"run\.stages\.0 gives data\.test 'val\.txt'"):
        run(run={"stages": [{"data": {"test": "val.txt"}}]})
    assert not (home / "runs" / "r").exists()


def test_lost_results_on_it_are_made_again(run: Run, other: Path) -> None:
    """Without val, after the last checkpoint, the same document."""
    folder = run(data={"test": "test.txt", "val": None})
    assert not (folder / "eval.json").exists()
    expected = (folder / "test.json").read_text()
    for name in ("test.json", "report.html"):
        (folder / name).unlink()
    run(data={"test": "test.txt", "val": None}, resume=True)
    assert (folder / "test.json").read_text() == expected
    shutil.rmtree(folder)
