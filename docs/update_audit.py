"""Writes what readers and checks say of themselves into docs/audit.md and into the help; part of `make docs`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from datatool.audit import CHECKS, Check
from datatool.rows import READERS, Reader

REPOSITORY: Final = Path(__file__).resolve().parent.parent
PAGE: Final = REPOSITORY / "docs" / "audit.md"
HELP: Final = REPOSITORY / "datatool" / "cli" / "_formats.py"
_WIDTH: Final = 120
_DATASET_FILE: Final = (
    "| `dataset.yaml` | several of these joined, each with its own root and source; `names`, and `select` to keep some "
    "classes |\n"
)


def page_with(text: str, /, *, readers: Iterable[Reader], checks: Iterable[Check]) -> str:
    """The page with its formats and codes as the readers and checks have them."""
    checks = list(checks)
    return _replace(
        _replace(text, "formats", _formats(readers)),
        "codes",
        "\n".join([_table(checks), *map(_section, checks)]),
    )


def help_module(readers: Iterable[Reader], /) -> str:
    """The module that has the readers' words for the help of DATASET, which has no time to import readers."""
    lines = ",\n".join(f'        "{reader.help}"' for reader in readers)
    return f'''"""What DATASET may be, in the words of `datatool.rows.READERS`. Written by `make docs`."""

from __future__ import annotations

from typing import Final

FORMATS: Final = ", ".join(
    [
{lines},
    ]
)
'''


def _replace(text: str, part: str, written: str) -> str:
    first, last = f"<!-- {part}: written by make docs -->", f"<!-- end of {part} -->"
    return re.sub(f"{first}.*?{last}", lambda _: f"{first}\n\n{written}\n{last}", text, count=1, flags=re.DOTALL)


def _formats(readers: Iterable[Reader]) -> str:
    rows = "".join(f"| {reader.title} | {reader.text} |\n" for reader in readers)
    return f"| DATASET | |\n|---|---|\n{rows}{_DATASET_FILE}"


def _table(checks: list[Check]) -> str:
    head = "| code | name | when | needs `--images` | `clean --drop` takes it |\n|---|---|---|---|---|\n"
    return head + "".join(map(_line, checks))


def _line(check: Check) -> str:
    drops = check.names_lines and not check.needs_suspects
    return f"| {check.code} | {check.name} | {check.when} | {_yes(check.needs_images)} | {_yes(drops)} |\n"


def _section(check: Check) -> str:
    """What one code means, an example and what to do."""
    kind = "txt" if check.needs_images else "text"  # tests run the lists of a `text` block
    opening = f"{kind} {check.example_options}".strip()
    example = f"```{opening}\n{check.example}```\n\n" if check.example else ""  # pictures alone show the others
    return f"### {check.code} {check.name}\n\n{_wrapped(check.text)}\n\n{example}{_wrapped(f'Fix: {check.fix}')}\n"


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def main() -> None:
    """Write the page anew."""
    text = page_with(PAGE.read_text(encoding="utf-8"), readers=READERS.values(), checks=CHECKS.values())
    PAGE.write_text(text, encoding="utf-8")
    HELP.write_text(help_module(READERS.values()), encoding="utf-8")


if __name__ == "__main__":
    main()
