"""docs/paddleclas.md has every code, and every question of the FAQ."""

from __future__ import annotations

import re

from datatool.cli._app import COMMANDS
from datatool.paddleclas import CODES
from tests.helpers.program import REPOSITORY, Cli

PAGE = (REPOSITORY / "docs" / "paddleclas.md").read_text(encoding="utf-8")


def test_every_code_stands_in_the_table_as_it_is() -> None:
    for code in CODES.values():
        assert f"| {code.code} | {code.name} | {code.when} |" in PAGE


def test_every_question_has_its_row() -> None:
    rows = re.findall(r"^\| (Q\d\.\d) \|", PAGE, re.MULTILINE)
    assert [f"Q{group}.{number}" for group in range(1, 6) for number in range(1, 6)] == rows


def test_every_command_of_the_page_is_one() -> None:
    named = set(re.findall(r"datatool ([a-z]+)", PAGE)) - {"itself", "importable"}
    assert named <= set(COMMANDS)


def test_every_code_can_be_explained(cli: Cli) -> None:
    done = cli("explain", "e952")
    assert 0 == done.code, done.err
    assert "relabel-differs" in done.out
    assert CODES["E952"].fix in done.out.replace("\n", " ")
