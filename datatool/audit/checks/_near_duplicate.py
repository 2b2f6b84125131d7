"""W503: nearly the same look in two splits."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located
from datatool.audit.images import near_duplicates


def _places(context: Context) -> str | None:
    return near_duplicates() if context.options.images else None


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of one split that look like another split's (perceptual hash within 3 bits)",
        "look at them in report.html (--out DIR), then " + context.fix("clean", "--images --drop W503 -o DIR"),
    )


near_duplicate = Located(code="W503", places=_places, describe=_describe)
