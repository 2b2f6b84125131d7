"""E402: the image does not decode."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located
from datatool.audit.images import of_code


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of files that no decoder makes an image of",
        context.fix("clean", "--images --drop E402 -o DIR"),
    )


unreadable_image = Located(code="E402", places=of_code("E402"), describe=_describe)
