"""E504: the same content, two labels."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located
from datatool.audit.images import conflicts


def _places(context: Context) -> str | None:
    return conflicts() if context.options.images else None


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} with another label than a file of the same content has before",
        context.fix("clean", "--images --drop E504 -o DIR"),
    )


content_conflict = Located(code="E504", places=_places, describe=_describe)
