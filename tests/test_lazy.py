"""Rooms whose exports stand in a stub (docs/decisions/0005)."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from datatool.lazy import attach_stub
from tests.helpers.program import Cli

ROOMS = [
    "datatool",
    "datatool.audit.images",
    "datatool.front",
    "datatool.images",
    "datatool.paddleclas",
    "datatool.pipelines",
    "datatool.samplers",
    "datatool.samplers.order",
    "datatool.schemas",
]


@pytest.mark.parametrize("room", ROOMS)
def test_every_export_of_a_stub_is_what_its_line_says(room: str) -> None:
    module = importlib.import_module(room)
    stub = Path(str(module.__file__)).with_name("__init__.pyi").read_text()
    lines = [line.split() for line in stub.splitlines() if line.startswith("from ")]

    assert sorted(line[3] for line in lines) == sorted(set(module.__all__) - {"__version__"})
    assert [line for line in lines if line[3] != line[5]] == []
    for _, home, _, name, *_ in lines:
        assert getattr(module, name) is getattr(importlib.import_module(home), name)


def test_importing_a_room_imports_nothing_it_exports(process: Cli) -> None:
    script = """
import sys
import datatool.pipelines, datatool.samplers, datatool.schemas
print(sorted({"numpy", "pydantic", "datatool.schemas._plan", "datatool.samplers._balanced"} & set(sys.modules)))
"""
    result = process("-c", script)

    assert result.out == "[]\n"


def test_a_star_import_has_every_export() -> None:
    names: dict[str, object] = {}
    exec("from datatool.schemas import *", names)

    assert set(importlib.import_module("datatool.schemas").__all__) <= set(names)


def test_what_a_stub_does_not_list_is_no_attribute(tmp_path: Path) -> None:
    (tmp_path / "__init__.pyi").write_text("import os\nfrom json import dumps as dumps, loads\n")
    load, names = attach_stub("json", str(tmp_path / "__init__.py"))

    assert names == ["dumps"]
    with pytest.raises(AttributeError, match="module 'json' has no attribute 'loads'"):
        load("loads")
