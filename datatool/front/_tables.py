"""Small tables of HTML, for notebooks."""

from __future__ import annotations

from typing import Any


def html_table(table: Any, /, *, caption: str) -> str:
    """A small Arrow table as a table of HTML."""
    import html  # and its list of entities, for notebooks alone

    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.column_names)
    rows = (
        "".join(f"<td>{html.escape('' if value is None else _text(value))}</td>" for value in row.values())
        for row in table.to_pylist()
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
