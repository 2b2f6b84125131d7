"""Results on standard output, talk on standard error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH: Final = 240
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]


def say(text: str, /) -> None:
    """Talk: progress, advice, where files went."""
    typer.echo(text, err=True)


def emit_json(value: Any, /) -> None:
    """Print one JSON document; pydantic models by their aliases."""
    text = value.to_json() if hasattr(value, "to_json") else json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    typer.echo(text, nl=False)


def console() -> Console:
    """A console for tables on standard output; where that is no terminal, a table is as wide as it needs.

    Text is printed as it is: names and patterns may hold square brackets and colons, which rich reads as styles.
    """
    from rich.console import Console

    made = Console(highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.width = _PIPE_WIDTH
    return made
