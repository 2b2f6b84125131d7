"""Command blocks of the pages, and how each of them is run.

A block in a fence of `bash`, `sh` or `console` holds commands; in `console` those are the lines that begin with `$`.
A comment in the line before the fence may say otherwise:

* `<!-- not run: REASON -->`: cannot run here, such as what needs a GPU or a cloud.
* `<!-- run by TEST -->`: a test of its own runs it, in the surroundings that it needs.
* `<!-- first: COMMANDS -->`: makes what a reader brings, such as a log; run before the block, and may be long.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.program import REPOSITORY

# What commands that found something end with is no failure here: the pages show findings.
_PARDON = """if [ $code = 1 ] && [[ "$1" =~ ^(audit|suspects|paddleclas|compare|diff)$ ]]; then code=0; fi"""
_PROGRAM = f"""#!/bin/bash
{{python}} -m datatool "$@"
code=$?
{_PARDON}
exit $code
"""
# The same for a shell that has an installed program.
FINDINGS_PASS = f"""datatool() {{
local code=0
command datatool "$@" || code=$?
{_PARDON}
return $code
}}
"""
SHELLS = ("bash", "sh", "console")
_BLOCK = re.compile(
    r"(?:^<!--\s*(?P<kind>not run|run by|first):?\s(?P<text>(?:(?!-->).)*?)\s*-->\n+)?"
    r"^(?P<indent> *)```(?P<fence>\w*)[^\n]*\n(?P<body>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block of commands.

    Attributes:
        place: `PAGE:LINE` of its fence.
        commands: For a shell.
        first: What is run before it.
        reason: Why it is not run, or None.
        test: The test that runs it, or None.
    """

    place: str
    commands: str
    first: str = ""
    reason: str | None = None
    test: str | None = None


def blocks(page: Path, /, *, name: str) -> list[Block]:
    """The command blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        _block(match, f"{name}:{text.count(chr(10), 0, match.start('fence')) + 1}")
        for match in _BLOCK.finditer(text)
        if match["fence"] in SHELLS
    ]


def bare_fences(page: Path, /) -> list[str]:
    """First lines of blocks whose fence does not say what they hold."""
    return [
        match["body"].partition("\n")[0] for match in _BLOCK.finditer(page.read_text("utf-8")) if not match["fence"]
    ]


def _block(match: re.Match[str], place: str) -> Block:
    said = {str(match["kind"]): match["text"]}
    commands = match["body"] if match["fence"] != "console" else _typed(match["body"])
    return Block(
        place=place,
        commands=commands,
        first=said.get("first", ""),
        reason=said.get("not run"),
        test=said.get("run by"),
    )


def _typed(transcript: str) -> str:
    """The lines that were typed, without what was printed."""
    typed, going_on = [], False
    for line in transcript.splitlines():
        if going_on or line.startswith("$ "):
            typed.append(line.removeprefix("$ "))
            going_on = line.endswith("\\")
    return "".join(f"{line}\n" for line in typed)


def programs(folder: Path, /) -> dict[str, str]:
    """Variables in which `datatool` and `python` are this checkout's, by programs that are written to a folder."""
    folder.mkdir()
    python = shlex.quote(sys.executable)
    for name, text in (("datatool", _PROGRAM.format(python=python)), ("python", f'#!/bin/sh\nexec {python} "$@"\n')):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY)}
