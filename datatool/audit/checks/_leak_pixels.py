"""W502: the same pixels, in other bytes, in two splits."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located
from datatool.audit.images import leaks


def _places(context: Context) -> str | None:
    return leaks("pixels", "the same pixels as") if context.options.images else None


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of one split with exactly the pixels of another split's, in other bytes",
        context.fix("clean", "--images --drop W502 -o DIR"),
    )


leak_pixels = Located(code="W502", places=_places, describe=_describe)
