"""W403: the image decodes only leniently."""

from __future__ import annotations

from datatool.audit._context import Context, plural
from datatool.audit._located import Located
from datatool.audit.images import of_code


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of damaged files: they load, with parts filled in or wrong",
        "fetch them again, or " + context.fix("clean", "--images --drop W403 -o DIR"),
    )


damaged_image = Located(code="W403", places=of_code("W403"), describe=_describe)
