"""docs/audit.md explains every code, and its examples have the finding they are there for."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from datatool.schemas import CODES
from tests.helpers.program import REPOSITORY, Cli

PAGE = (REPOSITORY / "docs" / "audit.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### ([EWI]\d{3}) [^\n]*\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE))
EXAMPLES = {
    code: found
    for code, text in SECTIONS.items()
    if (found := re.search(r"```text([^\n]*)\n(.*?)```", text, re.DOTALL)) is not None
}


def test_every_code_has_its_section_with_name_and_fix() -> None:
    assert list(SECTIONS) == list(CODES)
    for code, entry in CODES.items():
        assert f"### {code} {entry.name}\n" in PAGE
        assert "Fix: " in SECTIONS[code], code


def test_every_code_that_rows_alone_can_have_has_an_example() -> None:
    of_images = {"E401", "E402", "W403", "W404", "E405", "W502", "W503", "E504"}
    assert set(EXAMPLES) == set(CODES) - of_images


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_has_the_finding_it_is_there_for(cli: Cli, tmp_path: Path, code: str) -> None:
    """Lines after `val.txt:` are of that split; `(N times)` repeats a line with N numbers in place of `#`."""
    import json

    texts = {"train": ""}
    split = "train"
    for line in EXAMPLES[code][2].splitlines():
        head = re.fullmatch(r"(train|val|test)\.txt:", line)
        if head is not None:
            split = head[1]
            texts[split] = ""
            continue
        many = re.fullmatch(r"(.*) \((\d+) times\)", line)
        lines = [line] if many is None else [many[1].replace("#", str(n)) for n in range(int(many[2]))]
        texts[split] += "".join(f"{one}\n" for one in lines)
    arguments = []
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_bytes(text.encode().decode("unicode_escape").encode("latin-1"))
        arguments += ["--split", f"{name}={tmp_path / name}.txt"]
    result = cli("audit", *arguments, *shlex.split(EXAMPLES[code][1]), "--json")
    assert code in {finding["code"] for finding in json.loads(result.out)["findings"]}, result.out
