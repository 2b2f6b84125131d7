"""Texts inside SQL."""

from __future__ import annotations


def quote(text: str, /) -> str:
    """A text as an SQL literal.

    >>> quote("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
