"""Files and folders appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from datatool.schemas import ConfigError, _atomic, atomic_file, atomic_folder


class BrokenError(Exception):
    pass


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.txt"
    with atomic_file(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert temporary.name.startswith(".")
    assert target.read_text() == "whole"
    assert _names(target.parent) == ["a.txt"]


def test_a_failed_block_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(BrokenError), atomic_file(target) as temporary:
        temporary.write_text("half")
        raise BrokenError
    assert target.read_text() == "old"
    assert _names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    """With renameat2, and on a file system without it."""
    if not exchange:
        monkeypatch.setattr(_atomic, "_exchange", lambda *_: False)
    target = tmp_path / "plan"
    target.mkdir()
    (target / "old.txt").write_text("old")
    with atomic_folder(target) as temporary:
        (temporary / "sub").mkdir()
        (temporary / "sub" / "new.txt").write_text("new")
        assert _names(target) == ["old.txt"]
    assert (target / "sub" / "new.txt").read_text() == "new"
    assert not (target / "old.txt").exists()
    assert _names(tmp_path) == ["plan"]


def test_a_failed_block_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    target.mkdir()
    (target / "old.txt").write_text("old")
    with pytest.raises(BrokenError), atomic_folder(target) as temporary:
        (temporary / "half.txt").write_text("half")
        raise BrokenError
    assert _names(target) == ["old.txt"]
    assert _names(tmp_path) == ["plan"]


def test_modes_follow_the_umask_of_the_user(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with atomic_file(tmp_path / "a") as temporary:
            temporary.write_text("")
        with atomic_folder(tmp_path / "b"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o750


def test_a_link_to_a_file_stays_and_the_file_is_replaced(tmp_path: Path) -> None:
    real = tmp_path / "far" / "a.txt"
    real.parent.mkdir()
    real.write_text("old")
    (tmp_path / "a.txt").symlink_to(real)
    with atomic_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "a.txt").is_symlink()
    assert real.read_text() == "new"


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_to_a_folder_stays_and_the_folder_is_replaced(tmp_path: Path, exists: bool) -> None:
    real = tmp_path / "far" / "plan"
    real.parent.mkdir()
    if exists:
        real.mkdir()
        (real / "old.txt").write_text("old")
    (tmp_path / "plan").symlink_to(real)
    with atomic_folder(tmp_path / "plan") as temporary:
        (temporary / "new.txt").write_text("new")
    assert (tmp_path / "plan").is_symlink()
    assert _names(real) == ["new.txt"]
    assert _names(tmp_path) == ["far", "plan"]
    assert _names(real.parent) == ["plan"]


def test_a_folder_or_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, kind in (("folder", "a folder"), ("pipe", "a device or a pipe")):
        with (
            pytest.raises(ConfigError, match=f"new or an ordinary file; got '.*{name}', {kind}"),
            atomic_file(tmp_path / name),
        ):
            pass
    assert _names(tmp_path) == ["folder", "pipe"]
