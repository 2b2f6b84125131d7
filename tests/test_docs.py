"""The pages say what the program does."""

from __future__ import annotations

import importlib.util
import re
import types
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PAGES = sorted(
    [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"), *(REPOSITORY / "examples").rglob("*.md")]
)
_names = [str(page.relative_to(REPOSITORY)) for page in PAGES]


@pytest.fixture(scope="module")
def update() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("update_cli", REPOSITORY / "docs" / "update_cli.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_commands_is_what_the_program_prints(update: types.ModuleType) -> None:
    """`make docs` mends a failure here."""
    assert update.cli_page() == (REPOSITORY / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=_names)
def test_pasted_help_is_current(update: types.ModuleType, page: Path) -> None:
    """`make docs` mends a failure here."""
    text = page.read_text(encoding="utf-8")
    assert update.pasted(text) == text


@pytest.mark.parametrize("page", PAGES, ids=_names)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_names)
def test_python_in_the_pages_compiles(page: Path) -> None:
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        compile(block, str(page), "exec")


def test_every_page_is_in_the_index() -> None:
    index = (REPOSITORY / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [page.relative_to(REPOSITORY / "docs") for page in PAGES if (REPOSITORY / "docs") in page.parents]
    assert [str(page) for page in pages if f"]({page})" not in index and page.name != "README.md"] == []
