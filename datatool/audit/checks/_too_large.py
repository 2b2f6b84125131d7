"""E405: more pixels than allowed."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located
from datatool.audit.images import of_code


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of images over {context.options.max_pixels:,} pixels, refused from their header",
        context.fix("clean", "--images --drop E405 -o DIR") + ", or allow them with --max-pixels N",
    )


image_too_large = Located(code="E405", places=of_code("E405"), describe=_describe)
