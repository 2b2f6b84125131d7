"""What `balance` remarks about options that do nothing and classes that nothing will measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datatool.balance import BalanceOptions, draft_plan
from datatool.rows import open_rows, resolve
from tests.helpers.lists import WriteList


def _notes(train: Path, strategy: str, *, val: Path | None = None, **options: Any) -> str:
    splits = {"train": str(train)} | ({} if val is None else {"val": str(val)})
    with open_rows(resolve(None, splits=splits)) as rows:
        return " ".join(draft_plan(rows, strategy=strategy, seed=0, options=BalanceOptions(**options)).notes)


@pytest.mark.parametrize(
    ("strategy", "rows", "said"),
    [
        ("repeat-factor:0.001", (9, 1), True),
        ("repeat-factor:0.5", (9, 1), False),
        ("oversample", (9, 9), True),
        ("oversample", (9, 1), False),
        ("natural", (9, 1), False),
        ("progressive:3", (9, 1), False),
    ],
)
def test_a_strategy_without_effect_says_so(
    write_list: WriteList, strategy: str, rows: tuple[int, int], said: bool
) -> None:
    train = write_list((0, "real", rows[0]), (1, "real", rows[1]))
    assert (f"{strategy} changes nothing here" in _notes(train, strategy)) is said


def test_weights_are_an_effect(write_list: WriteList) -> None:
    train = write_list((0, "real", 9), (1, "real", 1))
    assert "changes nothing" not in _notes(train, "repeat-factor:0.001", weights="inverse")


def test_classes_without_a_row_in_val_are_named(write_list: WriteList) -> None:
    train = write_list((0, "real", 3), (1, "real", 3), (7, "real", 3))
    val = write_list((1, "real", 1), (9, "real", 1), name="v.txt")
    assert "val has no row of 2 classes (0, 7): their recall will not be known" in _notes(train, "oversample", val=val)
    assert "val has no row" not in _notes(train, "oversample")
