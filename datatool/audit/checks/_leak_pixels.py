"""W502: the same pixels, in other bytes, in two splits."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import leaks
from datatool.schemas import plural


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of one split with exactly the pixels of another split's, in other bytes",
        context.fix("clean", "--images --drop W502 -o DIR"),
    )


LEAK_PIXELS: Final = Check(
    code="W502",
    name="leak-pixels",
    when="the same pixels stand in two splits",
    text=(
        "With `--images`: a file of another split has the same pixels, shape and mode included, in other bytes: a "
        "copy whose metadata was edited, or that was saved without loss in another format."
    ),
    example="train.txt: e.jpg 1\nval.txt:   e-without-exif.jpg 1\n",
    fix="`datatool clean DATASET --drop W502 -o DIR` drops the row of the later split.",
    look=Lines(sql=lambda _: leaks("pixels", "the same pixels as"), describe=_describe),
    needs_images=True,
    gallery="The same pixels in two splits",
)
