"""Square brackets and colons in names and patterns are printed as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datatool.cli._evaluate import print_evaluation
from datatool.schemas import EvalDocument
from tests.helpers.program import Cli


@pytest.mark.parametrize("name", ["[/b]cat", "[a-z] dog", "[red]", ":smile:"])
def test_an_evaluation_shows_names_as_they_are(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"class": 0, "name": name, "support": 1, "recall": 1.0, "precision": 1.0}
    figures = {"top1": 1.0, "balanced_accuracy": 1.0, "confusion": [[1]], "per_source": []}

    print_evaluation(EvalDocument.model_validate({**figures, "per_class": [row]}))

    assert name in capsys.readouterr().out


def test_a_resolved_recipe_shows_patterns_as_they_are(write_recipe: Callable[..., Path], cli: Cli) -> None:
    done = cli("config", "show", write_recipe(), "-o", "model.freeze=until:[a-z]*1")

    assert done.code == 0, done.err
    assert " until:[a-z]*1 " in done.out


def test_a_plans_table_shows_names_as_they_are(home: Path, cli: Cli) -> None:
    (home / "names.txt").write_text("0 [/b]cat\n1 [red]\n2 :smile:\n")

    done = cli("balance", home / "train.txt", "--names", home / "names.txt", "--out", home / "b.plan")

    assert done.code == 0, done.err
    for name in ("[/b]cat", "[red]", ":smile:"):
        assert name in done.out
