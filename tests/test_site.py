"""The documentation as a site: it builds without a warning, and fetches nothing when it is read."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.program import REPOSITORY


def _module(name: str) -> object:
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_keys_is_what_the_schema_says() -> None:
    """`make docs` mends a failure here."""
    page = (REPOSITORY / "docs" / "reference" / "recipe.md").read_text("utf-8")
    assert page == _module("update_recipe").recipe_page()  # type: ignore[attr-defined]


def test_every_key_of_a_recipe_has_a_meaning() -> None:
    rows = (REPOSITORY / "docs" / "reference" / "recipe.md").read_text("utf-8").splitlines()
    keys = [row for row in rows if row.startswith("| `")]
    assert len(keys) > 40
    assert [row for row in keys if row.endswith("|  |")] == []


def test_every_page_has_its_place_in_the_site() -> None:
    nav = (REPOSITORY / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    pages = [str(page.relative_to(REPOSITORY / "docs")) for page in (REPOSITORY / "docs").rglob("*.md")]
    assert [page for page in pages if f": {page}\n" not in nav] == []


@pytest.mark.slow
def test_the_site_builds_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    """A link that leads nowhere, a heading that is not there or a name without a docstring page fails the build."""
    pytest.importorskip("mkdocstrings")
    variables = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=REPOSITORY, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 30
    tags = [
        tag for page in pages for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", page.read_text("utf-8"))
    ]
    assert len(tags) > len(pages)
    assert [tag for tag in tags if re.search(r"(?:src|href)=\"?(?:https?:)?//", tag) and "canonical" not in tag] == []
    assert 'class="mermaid"' not in "".join(page.read_text("utf-8") for page in pages), "its program would be fetched"
    api = (tmp_path / "site" / "reference" / "api.html").read_text("utf-8")
    assert [
        name for name in ("loader.BalancedLoader", "front.read", "schemas.Plan") if f'id="datatool.{name}"' not in api
    ] == []
