"""`datatool report`: the page of a run again, and beside another run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from datatool.schemas import EvalDocument
from tests.helpers.program import Cli
from tests.helpers.runs import Run


@pytest.fixture
def two(run: Run) -> tuple[Path, Path]:
    """A run of one epoch and one of three."""
    return run("before", run={"epochs": 1}), run("after", run={"epochs": 3})


def test_a_page_has_names_mistakes_intervals_and_what_another_run_did(
    two: tuple[Path, Path], cli: Cli, tmp_path: Path
) -> None:
    before, after = two
    first = (after / "report.html").read_text()
    document = EvalDocument.model_validate_json((after / "eval.json").read_bytes())
    assert "95 % interval (Wilson)" in first
    assert "best epoch" in first or "best and last epoch" in first
    assert ("Misclassified pictures" in first) == bool(document.confused)
    wrong = sum(row.support - round((row.recall or 0) * row.support) for row in document.per_class)
    assert wrong == sum(pair.images for pair in document.confused)
    assert all(Path(one.path).is_file() for pair in document.confused for one in pair.worst)
    assert "Before and after" not in first

    done = cli("report", after, "--against", before, "-o", tmp_path / "both.html", "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["report"] == str(tmp_path / "both.html")
    assert [one["name"] for one in said["compare"]["figures"]] == ["top1", "balanced_accuracy"]
    both = (tmp_path / "both.html").read_text()
    assert "Before and after" in both
    assert "loss, before" in both
    assert first == (after / "report.html").read_text()

    done = cli("report", after, "--against", before)
    assert done.code == 0, done.err
    assert done.out.rstrip().endswith(str(after / "report.html"))
    assert both == (after / "report.html").read_text()
    assert cli("report", after).code == 0
    assert first == (after / "report.html").read_text()


def test_what_cannot_be_reported_is_told_in_a_sentence(run: Run, cli: Cli, tmp_path: Path) -> None:
    whole = run(run={"epochs": 1})
    unfinished = tmp_path / "unfinished"
    shutil.copytree(whole, unfinished)
    (unfinished / "report.html").unlink()
    refused = cli("report", unfinished)
    assert refused.code == 2
    assert "must have ended before its page is made" in refused.err
    assert not (unfinished / "report.html").exists()
    assert cli("report", unfinished, "-o", tmp_path / "page.html").code == 0
    assert "Learning" in (tmp_path / "page.html").read_text()
    assert "--list must go with --against" in cli("report", whole, "--list", "val.txt").err
    assert "a run must be a folder that datatool train wrote" in cli("report", tmp_path / "none").err
    assert "got '" in cli("report", whole, "-o", tmp_path).err
    (whole / "eval.json").write_text("{")
    broken = cli("report", whole)
    assert (broken.code, "must be a whole" in broken.err) == (2, True)
