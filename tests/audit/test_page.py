"""docs/audit.md says what the checks say of themselves, and their examples have the finding they are there for."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
import shlex
import types
from pathlib import Path

import pytest

from datatool.audit import CHECKS, Check
from datatool.rows import READERS
from tests.helpers.program import REPOSITORY, Cli


@pytest.fixture(scope="module")
def update() -> types.ModuleType:
    """The script behind `make docs`."""
    spec = importlib.util.spec_from_file_location("update_audit", REPOSITORY / "docs" / "update_audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_every_format_and_every_code(update: types.ModuleType) -> None:
    """`make docs` mends a failure here."""
    text = update.PAGE.read_text(encoding="utf-8")
    assert update.page_with(text, readers=READERS.values(), checks=CHECKS.values()) == text
    assert re.findall(r"^### ([EWI]\d{3}) ", text, re.MULTILINE) == list(CHECKS)


def test_the_help_of_dataset_names_every_format(update: types.ModuleType) -> None:
    """`make docs` mends a failure here."""
    assert update.help_module(READERS.values()) == update.HELP.read_text(encoding="utf-8")


def test_a_further_check_or_reader_changes_the_page(update: types.ModuleType) -> None:
    text = update.PAGE.read_text(encoding="utf-8")
    further = dataclasses.replace(CHECKS["W302"], code="W999", name="further", text="Said at length.")
    reader = dataclasses.replace(READERS["list"], title="a scroll", text="from right to left")
    page = update.page_with(text, readers=[*READERS.values(), reader], checks=[*CHECKS.values(), further])
    assert "| a scroll | from right to left |\n| `dataset.yaml` |" in page
    assert "| W999 | further | one path is listed again in its split |  | yes |\n" in page
    assert "### W999 further\n\nSaid at length.\n\n```text\na.jpg 0\na.jpg 0\n```\n\nFix: " in page


SHOWN = [one for one in CHECKS.values() if not (one.needs_images or one.needs_suspects)]


@pytest.mark.parametrize("check", SHOWN, ids=lambda one: one.code)
def test_an_example_has_the_finding_it_is_there_for(cli: Cli, tmp_path: Path, check: Check) -> None:
    """Lines after `val.txt:` are of that split, those after `classes.txt:` are names, those after `folder:` files of
    class folders, those after `before:` the list of an earlier audit;
    `(N times)` repeats a line with N numbers in place of `#`."""
    texts = {"train": ""}
    split = "train"
    for line in check.example.splitlines():
        head = re.fullmatch(r"(train|val|test|classes)\.txt:|(folder|before):", line)
        if head is not None:
            split = head[1] or head[2]
            texts[split] = ""
            continue
        many = re.fullmatch(r"(.*) \((\d+) times\)", line)
        lines = [line] if many is None else [many[1].replace("#", str(n)) for n in range(int(many[2]))]
        texts[split] += "".join(f"{one}\n" for one in lines)
    arguments: list[str] = []
    for name, text in texts.items():
        if name == "folder":
            for file in map((tmp_path / "set").joinpath, text.splitlines()):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch()
            arguments = [str(tmp_path / "set")]
            continue
        if name == "before":
            (tmp_path / "before.txt").write_text(text)
            cli("audit", tmp_path / "before.txt", "--out", tmp_path / "old")
            arguments += ["--baseline", str(tmp_path / "old")]
            continue
        (tmp_path / f"{name}.txt").write_bytes(text.encode().decode("unicode_escape").encode("latin-1"))
        arguments += [] if name == "classes" else ["--split", f"{name}={tmp_path / name}.txt"]
    result = cli("audit", *arguments, *shlex.split(check.example_options), "--json")
    assert check.code in {finding["code"] for finding in json.loads(result.out)["findings"]}, result.out
