"""`datatool compare`: two runs row by row, old classes apart from new ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import ConfigError
from datatool.evaluation import compare, evaluate
from datatool.evaluation._rules import Rule
from datatool.schemas import CompareDocument
from tests.helpers.program import Cli
from tests.helpers.runs import Run

GROWN: dict[str, Any] = {"model": {"backbone": "small_nets:paddle_net", "class_num": 4}}


@pytest.fixture
def two(run: Run) -> tuple[Path, Path]:
    """A run that learned little, and one that learned more."""
    return run("one", optimizer={"lr": 1e-6}), run("two", run={"epochs": 6})


def test_figures_are_those_of_both_evaluations(two: tuple[Path, Path]) -> None:
    """Top-1, balanced accuracy and every recall; the rows that differ add up to the difference."""
    document, first, second = compare(*two), evaluate(two[0]), evaluate(two[1])
    top1, balanced = document.figures
    assert (top1.first, top1.second) == pytest.approx((first.top1, second.top1))
    assert (balanced.first, balanced.second) == pytest.approx((first.balanced_accuracy, second.balanced_accuracy))
    for each, old, new in zip(document.classes, first.per_class, second.per_class, strict=True):
        assert (each.first, each.second, each.support) == pytest.approx((old.recall, new.recall, old.support))
        assert each.only_second - each.only_first == pytest.approx(each.difference * each.support)
        assert each.low <= each.difference <= each.high
    assert (document.rows, document.unread, document.new, document.removed) == (18, 0, [], [])


def test_a_run_is_no_better_than_itself(two: tuple[Path, Path]) -> None:
    """No difference, no verdict, and no rule on a loss holds."""
    document = compare(two[0], two[0], fail_if=["worse", "top1 < 0", "recall < -0.01"])
    assert all(figure.difference == 0 and figure.verdict == "not shown" for figure in document.figures)
    assert [rule.holds for rule in document.rules] == [False] * 3


def test_classes_that_only_the_newer_run_knows_are_measured_apart(run: Run, home: Path) -> None:
    """The older run could not but get them wrong: old classes are paired, new ones have a recall and its interval."""
    old, new = run("old"), run("new", **GROWN)
    lines = (home / "val.txt").read_text().splitlines()
    (home / "more.txt").write_text("\n".join([*lines, *(f"{line.split()[0]} 3" for line in lines[:5])]) + "\n")
    document = compare(old, new, list=str(home / "more.txt"))
    assert document.rows == 18
    assert [each.name for each in document.classes] == ["0", "1", "2"]
    [fresh] = document.new
    assert (fresh.name, fresh.support, fresh.recall) == ("3", 5, document.new_balanced_accuracy)
    assert fresh.low <= fresh.recall <= fresh.high
    back = compare(new, old)
    assert (back.removed, back.rows) == (["3"], 18)


def test_of_a_data_set_with_val_and_test_the_split_is_compared_that_the_recipe_means(run: Run, home: Path) -> None:
    """`data.val` means its val rows, which is also what is said; a list that a user names means its test rows."""
    lines = (home / "val.txt").read_text().splitlines(keepends=True)
    (home / "test.txt").write_text("".join(lines[:7]))
    (home / "both.yaml").write_text("val: [{list: val.txt}]\ntest: [{list: test.txt}]\n")
    one = run("both", data={"val": "both.yaml"})
    assert 18 == compare(one, one).rows
    assert 7 == compare(one, one, list=str(home / "both.yaml")).rows
    tested = run("tested", data={"val": "both.yaml", "test": "both.yaml"})
    assert 7 == compare(one, tested).rows


def test_an_unreadable_picture_leaves_its_row_out_of_both(run: Run, home: Path) -> None:
    """And is counted."""
    (home / "bad.jpg").write_bytes(b"no picture")
    (home / "with_bad.txt").write_text((home / "val.txt").read_text() + "bad.jpg 0\n")
    folder = run()
    document = compare(folder, folder, list=str(home / "with_bad.txt"))
    assert (document.rows, document.unread) == (18, 1)


def test_runs_without_a_common_class_are_refused(run: Run, home: Path) -> None:
    """Before anything is predicted."""
    (home / "three.txt").write_text("pictures/val_0_0.jpg 3\n")
    with pytest.raises(ConfigError, match="must share a class that has rows"):
        compare(run("old"), run("new", **GROWN), list=str(home / "three.txt"))


@pytest.fixture
def document(two: tuple[Path, Path]) -> CompareDocument:
    """Of both runs."""
    return compare(*two)


def test_rules_look_at_figures_and_ends_of_intervals(document: CompareDocument) -> None:
    """Each kind of rule, on a figure that is known."""
    top1 = document.figures[0]
    for text, value in (
        ("top1", top1.difference),
        ("top1.low", top1.low),
        ("balanced_accuracy.high", document.figures[1].high),
        ("recall:1", document.classes[1].difference),
        ("recall:1.low", document.classes[1].low),
    ):
        assert Rule.parse(f"{text} > {value - 0.001}").check(document).holds
        assert Rule.parse(f"{text}<{value + 0.001}").check(document).holds
        assert not Rule.parse(f"{text} < {value - 0.001}").check(document).holds
    lost = Rule.parse("recall >= -1").check(document)
    assert len(lost.because) == 3
    assert Rule.parse("new_recall < 1").check(document).because == []
    with pytest.raises(ConfigError, match="must name a class that has rows; got '7'"):
        Rule.parse("recall:7 < 0").check(document)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("top2 < 0", "did you mean 'top1'"),
        ("top1", "must be a rule on"),
        ("top1 = 0", "must be a rule on"),
        ("top1:cat < 0", "must be a rule on"),
        ("top1 < nan", "must be a rule on"),
        ("top1 < 1.2.3", "must end in a number"),
        ("", "must be a rule on"),
    ],
)
def test_what_is_no_rule_is_told(text: str, said: str) -> None:
    """Before a run is opened."""
    with pytest.raises(ConfigError) as caught:
        compare("nowhere", "nowhere", fail_if=[text])
    assert said in str(caught.value)


def test_the_command_ends_with_one_where_a_rule_holds(two: tuple[Path, Path], process: Cli) -> None:
    """The document is printed all the same."""
    command = ("-m", "datatool", "compare", str(two[0]), str(two[1]))
    done = process(*command, "--json", "--fail-if", "top1 <= 1", "--fail-if", "worse")
    assert done.code == 1
    assert "'top1 <= 1' holds: top1 +" in done.err
    rules = json.loads(done.out)["rules"]
    assert rules[0]["holds"]
    text = process(*command)
    assert text.code == 0, text.err
    assert "18 rows of classes that both know" in text.out
    assert "Bonett and Price" in text.err
    assert process("-m", "datatool", "compare", str(two[0]), "nowhere").code == 2
