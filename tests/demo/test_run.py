"""The demo from end to end, with less training than `datatool demo` has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from datatool.demo import _digits, _run
from datatool.errors import ConfigError
from datatool.schemas import DemoDocument
from tests.helpers.program import Cli

pytest.importorskip("sklearn")
pytest.importorskip("paddle")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_digits, "NUM_PRETRAIN", 8)
    monkeypatch.setattr(_run, "PRETRAIN_EPOCHS", 1)
    monkeypatch.setattr(_run, "TUNE_EPOCHS", 1)


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_the_demo_prints_one_document_and_again_the_same_figures(cli: Cli, tmp_path: Path) -> None:
    first, second = (cli("demo", "--json", "--seed", 1, "-o", tmp_path / "out") for _ in range(2))
    assert first.code == second.code == 0, first.err + second.err
    document = DemoDocument.parse(json.loads(first.out))
    again = DemoDocument.parse(json.loads(second.out))
    assert document.model_dump(exclude={"seconds"}) == again.model_dump(exclude={"seconds"})
    assert len(document.classes) == 10
    assert [one.real for one in document.classes] == sorted((one.real for one in document.classes), reverse=True)
    rare = document.classes[-3:]
    assert document.balanced.rare_recall == pytest.approx(sum(one.recall_balanced for one in rare) / 3)
    assert document.natural.balanced_accuracy == pytest.approx(sum(one.recall_natural for one in document.classes) / 10)


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_the_demo_ends_with_both_results_and_a_page_that_fetches_nothing(cli: Cli, tmp_path: Path) -> None:
    result = cli("demo", "-o", tmp_path / "out")
    assert result.code == 0, result.err
    assert re.search(r"balanced accuracy .* \d+\.\d %.* \d+\.\d %", result.out)
    assert re.search(r"mean recall of .* \d+\.\d %.* \d+\.\d %", result.out)
    assert [f"{step}/6" for step in range(1, 7)] == re.findall(r"^(\d/6)", result.err, re.MULTILINE)
    page = Path(result.out.split("Page:")[1].splitlines()[0].strip()).read_text()
    assert re.findall(r"(?:src|href)=\"(?!data:)[^\"]*\"", page) == []
    assert "three rarest classes" in page


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years")
    with pytest.raises(ConfigError, match="must be new or an earlier demo's"):
        _run.run_demo(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_natural_run_gets_as_many_steps_as_the_balanced_one() -> None:
    """Both runs see the same number of pictures; a shorter natural run would be a weaker opponent."""
    natural = sum(_digits.train_count(place) + _digits.NUM_SYNTHETIC for place in range(10))
    balanced = 10 * (_digits.LARGEST + _digits.NUM_SYNTHETIC)
    epochs = round(_run.TUNE_EPOCHS * balanced / natural)
    assert epochs * natural == pytest.approx(_run.TUNE_EPOCHS * balanced, rel=0.02)
