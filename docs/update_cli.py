"""Pastes the program's help: `make docs` writes docs/cli.md and mends every pasted `--help` in the other pages."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "docs/**/*.md")

_PASTED = re.compile(r"(?P<before>```console\n)\$ datatool(?P<arguments>[^\n]*) --help\n.*?(?P<after>```)", re.DOTALL)
_HEAD = """# Commands

Written by `make docs`. Results go to standard output, talk and progress to standard error. Exit codes: 0 done;
1 findings, in `audit` and where they stop `balance` or `train`; 2 everything else a user can mend. `--debug` may stand
anywhere on the line and shows the traceback of an error.
"""


def help_of(*arguments: str) -> str:
    """What `datatool ARGUMENTS --help` prints, 80 columns wide."""
    from datatool.cli import main

    out = io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["datatool", *arguments, "--help"]),
        mock.patch.dict(os.environ, {"COLUMNS": "80"}),
        contextlib.redirect_stdout(out),
        contextlib.suppress(SystemExit),
    ):
        main()
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def cli_page() -> str:
    """docs/cli.md."""
    sections = [_section("datatool", ())]
    sections += [_section(f"datatool {' '.join(arguments)}", arguments) for arguments in _commands()]
    return _HEAD + "".join(sections)


def pasted(text: str) -> str:
    """The page with every `$ datatool ... --help` block as the program prints it now."""

    def block(match: re.Match[str]) -> str:
        arguments = match["arguments"].split()
        return match["before"] + _block(arguments) + match["after"]

    return _PASTED.sub(block, text)


def pages() -> Iterator[Path]:
    """Every page that may hold pasted help."""
    for pattern in PAGES:
        yield from sorted(REPOSITORY.glob(pattern))


def _commands() -> Iterator[tuple[str, ...]]:
    from datatool.cli._app import COMMANDS

    for name in COMMANDS:
        yield (name,)
        below = re.search(r"^Commands:\n(.*)", help_of(name), re.DOTALL | re.MULTILINE)
        for nested in re.findall(r"^  (\S+)", below[1], re.MULTILINE) if below else []:
            yield (name, nested)


def _section(title: str, arguments: tuple[str, ...]) -> str:
    return f"\n## {title}\n\n```console\n{_block(arguments)}```\n"


def _block(arguments: tuple[str, ...] | list[str]) -> str:
    return f"$ {' '.join(['datatool', *arguments])} --help\n{help_of(*arguments)}\n"


def main() -> None:
    """Write the pages anew."""
    (REPOSITORY / "docs" / "cli.md").write_text(cli_page(), encoding="utf-8")
    for page in pages():
        page.write_text(pasted(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
