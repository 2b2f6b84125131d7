"""The first images of a list are looked for before anything long begins."""

from __future__ import annotations

from pathlib import Path

from datatool.storage import NUM_FIRST, missing_first


def test_nothing_is_missing_where_one_of_the_first_is_there(tmp_path: Path) -> None:
    (tmp_path / "last").touch()
    names = [str(tmp_path / f"{number}") for number in range(NUM_FIRST - 1)]
    assert list(missing_first([*names, str(tmp_path / "last")])) == []


def test_only_the_first_hundred_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "later").touch()
    names = [str(tmp_path / f"{number}") for number in range(100)]
    assert missing_first([*names, str(tmp_path / "later")]) == names


def test_an_empty_list_misses_nothing() -> None:
    assert list(missing_first([])) == []
