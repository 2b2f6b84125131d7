"""E405: more pixels than allowed."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import measured_as
from datatool.schemas import plural


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of images over {context.options.max_pixels:,} pixels, refused from their header",
        context.fix("clean", "--images --drop E405 -o DIR") + ", or allow them with --max-pixels N",
    )


IMAGE_TOO_LARGE: Final = Check(
    code="E405",
    name="image-too-large",
    when="the header has more pixels than --max-pixels",
    text=(
        "With `--images`: the header has more pixels than `--max-pixels` (178 million, Pillow's own limit). It is "
        "refused from the header and never decoded: a PNG of a few hundred bytes can ask for gigabytes."
    ),
    example="scan.tif 0     (60000 x 60000 = 3,600,000,000 pixels)\n",
    fix=(
        "shrink it (`datatool prepare`), raise `--max-pixels` if you trust it, or `datatool clean DATASET --drop E405 "
        "-o DIR`."
    ),
    look=Lines(sql=lambda _: measured_as("E405"), describe=_describe),
    needs_images=True,
)
