"""Roots move with a folder where they lie beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.schemas import relative_root


def test_a_root_under_the_parent_of_the_folder_is_relative(tmp_path: Path) -> None:
    written = [relative_root(str(tmp_path / root), tmp_path / "out") for root in ("", "images", "out", "out/in")]
    assert written == ["..", "../images", ".", "in"]


def test_a_root_elsewhere_is_absolute(tmp_path: Path) -> None:
    assert relative_root(str(tmp_path / "a"), tmp_path / "b" / "out") == str(tmp_path / "a")


def test_a_root_is_taken_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative_root("images", Path("out")) == "../images"


def test_a_folder_that_is_a_link_stands_where_it_names(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far" / "out")
    assert relative_root(str(tmp_path / "far" / "images"), tmp_path / "link") == "../images"
    assert relative_root(str(tmp_path / "images"), tmp_path / "link") == str(tmp_path / "images")
