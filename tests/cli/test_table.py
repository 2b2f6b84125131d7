"""Tables: one style, and readable at 80 columns whatever the names are."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from datatool.cli import _bench, _compare, _evaluate
from datatool.cli._table import plain_table
from datatool.schemas import CompareDocument, EvalDocument
from tests.helpers.program import REPOSITORY, Cli

LONG = "a breed of dog with a name that is far longer than anybody would like"
WIDTH = 80


def test_no_command_makes_a_table_of_another_style() -> None:
    sources = (REPOSITORY / "datatool" / "cli").glob("_*.py")
    other = re.compile(r"\bTable\(|Table\.grid|\(Table\)")
    assert ["_table.py"] == [file.name for file in sources if other.search(file.read_text())]


def test_numbers_never_break_and_words_fold() -> None:
    out = io.StringIO()
    table = plain_table("name", "rows", text=("name",))
    table.add_row(LONG * 3, "1,234,567")
    Console(file=out, width=40).print(table)
    lines = out.getvalue().splitlines()
    assert [line for line in lines if len(line) > 40] == []
    assert lines[1].rstrip().endswith("1,234,567")


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    out = io.StringIO()
    for module in (_compare, _evaluate, _bench):
        monkeypatch.setattr(module, "console", lambda: Console(file=out, width=WIDTH, highlight=False, markup=False))
    return out


def test_a_comparison_fits_80_columns(narrow: io.StringIO) -> None:
    figure = {"first": 0.81, "second": 0.84, "difference": -0.03, "low": -0.11, "high": -0.07, "verdict": "not shown"}
    side = {"run": "runs/a", "step": 1, "weights": "last", "class_num": 2}
    document = CompareDocument.model_validate(
        {
            "first": side,
            "second": side,
            "dataset": "test.txt",
            "rows": 12_345_678,
            "unread": 0,
            "confidence": 0.95,
            "figures": [{"name": "balanced_accuracy", **figure}],
            "classes": [{"class": 0, "name": LONG, "support": 123_456, "only_first": 1, "only_second": 2, **figure}],
            "new": [{"class": 1, "name": LONG, "support": 10, "recall": 0.5, "low": 0.2, "high": 0.8}],
            "new_balanced_accuracy": 0.5,
            "removed": [],
        }
    )
    _compare.print_comparison(document)
    assert [line for line in narrow.getvalue().splitlines() if len(line) > WIDTH] == []
    assert "-0.110 to -0.070" in narrow.getvalue()


def test_an_evaluation_fits_80_columns(narrow: io.StringIO) -> None:
    rows = [{"class": 123_456, "name": LONG, "support": 99_999, "recall": 0.5, "precision": None}]
    slices = [
        {
            "column": "camera",
            "value": LONG,
            "support": 99_999,
            "top1": 0.5,
            "low": 0.4,
            "high": 0.6,
            "balanced_accuracy": 0.5,
            "classes": 1000,
        }
    ]
    document = EvalDocument.model_validate(
        {"top1": 0.5, "balanced_accuracy": 0.5, "per_class": rows, "per_source": [], "slices": slices, "confusion": []}
    )
    _evaluate.print_evaluation(document)
    assert [line for line in narrow.getvalue().splitlines() if len(line) > WIDTH] == []


def test_a_plan_of_long_names_fits_80_columns(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from datatool.cli import _output

    out = io.StringIO()
    monkeypatch.setattr(_output, "console", lambda: Console(file=out, width=WIDTH, highlight=False, markup=False))
    (tmp_path / "l.txt").write_text("".join(f"{n}.jpg {n % 3}\n" for n in range(9_000)))
    (tmp_path / "names.txt").write_text("".join(f"{label} {LONG} {label}\n" for label in range(3)))
    options = ("--strategy", "sqrt", "--weights", "inverse", "-o", tmp_path / "p.plan")
    assert cli("balance", tmp_path / "l.txt", "--names", tmp_path / "names.txt", *options).code == 0
    table = [line for line in out.getvalue().splitlines() if " real " in line or "rows (before)" in line]
    assert len(table) >= 6
    assert [line for line in table if len(line) > WIDTH] == []


@pytest.mark.parametrize("command", ["audit", "balance"])
def test_control_characters_of_the_data_are_escaped(tmp_path: Path, cli: Cli, command: str) -> None:
    """Class names, paths and file names that would drive a terminal."""
    nasty = "\x1b[31mred\x07\u202e"
    (tmp_path / f"{nasty}.txt").write_text(f"{nasty}.jpg 0\nb.jpg 1\nb.jpg 1\n")
    (tmp_path / "names.txt").write_text(f"0 {nasty}\n1 b\n")
    out = ("-o", tmp_path / "p.plan", "--skip-faulty") if command == "balance" else ()
    done = cli(command, tmp_path / f"{nasty}.txt", "--names", tmp_path / "names.txt", *out)
    assert not set("\x1b\x07\u202e") & set(done.out + done.err)
    assert "\\x1b[31mred" in done.out + done.err
