"""Optional packages."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import pytest

from datatool.errors import MissingDependencyError
from datatool.schemas import require

_LOG_LEVEL = "GLOG_minloglevel"


def test_a_missing_package_is_answered_with_the_install_command() -> None:
    with pytest.raises(MissingDependencyError) as caught:
        require("nowhere_at_all.part", extra="torch")
    assert "'nowhere_at_all'" in str(caught.value)
    assert "Hint: in a checkout of datatool run pip install '.[torch]'." in str(caught.value)


def test_a_package_that_is_there_but_broken_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "halfway_installed.py").write_text("import a_part_that_is_gone\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="a_part_that_is_gone"):
        require("halfway_installed", extra="torch")
    sys.modules.pop("halfway_installed", None)


def test_a_note_about_ccache_is_not_for_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "talkative.py").write_text("import warnings\nwarnings.warn('No ccache found. Please be aware')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        require("talkative", extra="paddle")
    sys.modules.pop("talkative", None)
    assert caught == []


def test_paddles_own_warnings_are_off_for_programs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless somebody set how much it says."""
    monkeypatch.delenv(_LOG_LEVEL, raising=False)
    require("json", extra="demo")
    assert os.environ[_LOG_LEVEL] == "2"
    monkeypatch.setenv(_LOG_LEVEL, "0")
    require("json", extra="demo")
    assert os.environ[_LOG_LEVEL] == "0"
