from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from datatool.balance import BalanceOptions
from datatool.samplers import STRATEGIES, WEIGHTS


@pytest.fixture(scope="module")
def drawing(repository: Path) -> dict[str, Any]:
    """The names in docs/draw_balance.py."""
    return runpy.run_path(str(repository / "docs" / "draw_balance.py"))


def test_the_pictures_in_the_docs_are_what_the_arithmetic_gives(repository: Path, drawing: dict[str, Any]) -> None:
    pictures = drawing["pictures"]()
    stored = {file.stem: file.read_text("utf-8") for file in (repository / "docs" / "balance").glob("*.svg")}

    assert stored == pictures


def test_the_tables_in_the_docs_say_what_strategies_and_weights_say_of_themselves(
    repository: Path, drawing: dict[str, Any]
) -> None:
    """`make docs` mends a failure here."""
    text = (repository / "docs" / "balance.md").read_text("utf-8")

    assert text == drawing["filled"](text)
    rules = [kind.rule for kind in STRATEGIES.values()] + [kind.rule for kind in WEIGHTS.values()]
    assert [rule for rule in rules if f"| {rule} |" not in text] == []


def test_the_page_explains_every_strategy_weight_and_limit_with_its_picture(repository: Path) -> None:
    text = (repository / "docs" / "balance.md").read_text("utf-8")
    pictures = {file.name for file in (repository / "docs" / "balance").glob("*.svg")}
    limits = ("epoch_size", "max_repeat", "synthetic_share", "synthetic_cap", "per_batch", "feedback", "accept")

    assert {name for name in pictures if f"balance/{name}" not in text} == set()
    assert {name for name in STRATEGIES if f"`{name}" not in text} == set()
    assert {name for name in WEIGHTS if f"`{name}" not in text} == set()
    assert {name for name in limits if f"--{name.replace('_', '-')}" not in text} == set()
    assert set(limits) <= set(BalanceOptions.__dataclass_fields__)
