"""Results on standard output, talk on standard error."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from datatool.schemas import escaped

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH: Final = 240
_NOT_PLAIN: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


class FailOn(StrEnum):
    """The mildest finding that makes the exit code 1."""

    error = "error"
    warning = "warning"
    info = "info"
    never = "never"


_quiet = False


def be_quiet(on: bool = True, /) -> None:
    """Whether talk and progress bars are left out."""
    from datatool import progress

    global _quiet
    _quiet = on
    progress.show_bars(not on)


def is_quiet() -> bool:
    """Whether talk is left out."""
    return _quiet


def say(text: str, /) -> None:
    """Talk: progress, advice, where files went."""
    if not _quiet:
        typer.echo(escaped(text, lines=True), err=True)


def show(text: str, /) -> None:
    """A result for people; it may hold paths and class names, so nothing in it drives the terminal."""
    typer.echo(escaped(text, lines=True))


def emit_json(value: Any, /) -> None:
    """Print one JSON document; pydantic models by their aliases."""
    text = value.to_json() if hasattr(value, "to_json") else json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    typer.echo(_plain_json(text), nl=False)


def emit_json_line(value: Any, /) -> None:
    """Print one JSON document on a line of its own."""
    typer.echo(_plain_json(json.dumps(value, ensure_ascii=False)))


def _plain_json(text: str) -> str:
    """JSON that every terminal and encoding takes: the control characters that JSON itself leaves as they are."""
    return _NOT_PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def console() -> Console:
    """A console for tables on standard output; where that is no terminal, a table is as wide as it needs.

    Text is printed as it is but for control characters: names and patterns may hold square brackets and colons, which
    rich reads as styles.
    """
    from rich.console import Console
    from rich.segment import Segment

    class PlainConsole(Console):
        def render(self, renderable: Any, options: Any = None) -> Any:
            for text, style, control in super().render(renderable, options):
                yield Segment(text if control else escaped(text, lines=True), style, control)

    made = PlainConsole(highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = _PIPE_WIDTH
    return made
