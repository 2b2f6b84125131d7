"""The pages say what the program does."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from datatool.schemas import Recipe, load_yaml
from tests.helpers.program import REPOSITORY, Cli
from tests.helpers.runs import WriteRecipe

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


def test_the_page_on_training_lists_every_key_of_a_recipe_with_its_default() -> None:
    block = re.search(r"```yaml\n(global:.*?)```", (REPOSITORY / "docs" / "train.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    assert Recipe().model_dump(mode="json", by_alias=True) == load_yaml(block[1])


def _prose(page: Path) -> list[list[str]]:
    """Paragraphs and items of lists, without code, tables and headings."""
    text = re.sub(r"^( *)```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text)
    return [[line for line in block.splitlines() if not line.startswith(("|", "#"))] for block in blocks]


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.stem)
def test_prose_is_cut_into_short_lines_and_paragraphs(page: Path) -> None:
    """At most 120 characters a line, but for links and code that cannot be cut, and 100 words a paragraph."""
    blocks = _prose(page)
    long_lines = [line for block in blocks for line in block if len(line) > 120 and " " in line[:120].strip()]
    assert [line for line in long_lines if "](" not in line and "`" not in line] == []
    assert [block[0] for block in blocks if len(" ".join(block).split()) > 100] == []


@pytest.mark.parametrize("page", PAGES, ids=_names)
def test_python_in_the_pages_compiles(page: Path) -> None:
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        compile(block, str(page), "exec")


def _commands(page: Path) -> list[list[str]]:
    blocks = re.findall(r"```(?:console|bash|sh|)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("datatool ")]


def _help_of(update: types.ModuleType, words: list[str]) -> str:
    """Help of the command that a line begins with, of one below it (`config init`) too."""
    said: str = update.help_of(words[0])
    _, _, below = said.partition("\nCommands:\n")
    nested = re.findall(r"^  (\S+)", below, re.MULTILINE)
    return said + "".join(update.help_of(words[0], word) for word in words[1:2] if word in nested)


@pytest.mark.parametrize("page", PAGES, ids=_names)
def test_commands_in_the_pages_have_the_options_they_are_given(update: types.ModuleType, page: Path) -> None:
    wrong = []
    for words in _commands(page):
        known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", _help_of(update, words)))
        wrong += [
            (words[0], word) for word in words[1:] if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known
        ]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:When training, we now always track:UserWarning")  # of BatchNorm in Paddle
def test_the_loop_of_the_page_on_the_loader_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    pytest.importorskip("paddle")
    lines = []
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 255, (48, 48, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.jpg")
        lines.append(f"{number}.jpg {number % 2}\n")
    (tmp_path / "labels.txt").write_text("".join(lines))
    monkeypatch.chdir(tmp_path)
    assert cli("balance", "labels.txt", "--strategy", "oversample", "--out", "train.plan").code == 0
    exec(compile(_block("docs/loader.md", "paddle.optimizer"), "loader.md", "exec"), {})


def test_the_front_door_of_the_readme_opens(
    home: Path, write_recipe: WriteRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("paddle")
    monkeypatch.chdir(home)
    write_recipe("recipe", run={"epochs": 1})
    rows = [line.rsplit(" ", 1) for line in (home / "train.txt").read_text().splitlines()]
    given = {"paths": [path for path, _ in rows], "labels": [int(label) for _, label in rows]}
    exec(compile(_block("README.md", "datatool.read("), "README.md", "exec"), given)

    made: dict[str, Any] = given
    assert 36 == made["report"].rows == sum(part.to_arrow().num_rows for part in (made["train"], made["val"]))
    assert (home / "train.plan" / "plan.json").is_file()
    assert made["run"].eval is not None


def _block(page: str, text: str) -> str:
    """The one block of Python in a page that holds a text."""
    blocks = re.findall(r"```python\n(.*?)```", (REPOSITORY / page).read_text("utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if text in block]
    return str(block)


def test_the_readme_names_both_commands_and_the_page_on_installing_every_extra() -> None:
    """The README fits two screens."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    text = (REPOSITORY / "docs" / "install.md").read_text(encoding="utf-8")
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    rows = "".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    assert [name for name in extras if f"`{name}`" not in rows] == []
    assert [name for name in ("make demo", "make test") if name not in readme] == []
    assert len(readme.splitlines()) <= 120


def test_every_page_is_in_the_index() -> None:
    index = (REPOSITORY / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [page.relative_to(REPOSITORY / "docs") for page in PAGES if (REPOSITORY / "docs") in page.parents]
    assert [str(page) for page in pages if f"]({page})" not in index and page.name != "README.md"] == []
