"""Every `>>>` in a docstring runs."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from tests.helpers.program import REPOSITORY

FOLDERS = {
    "datatool": "datatool",
    "pipelines": "datatool.pipelines",
    "samplers": "datatool.samplers",
    "schemas": "datatool.schemas",
}


def _modules() -> list[str]:
    found = []
    for folder, package in FOLDERS.items():
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            found += [_name(path.relative_to(REPOSITORY / folder), package)] if ">>> " in path.read_text() else []
    return found


def _name(path: Path, package: str) -> str:
    return ".".join([package, *(part for part in path.with_suffix("").parts if part != "__init__")])


@pytest.mark.parametrize("name", _modules())
def test_the_examples_of_a_module_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert results.attempted > 0
    assert results.failed == 0
