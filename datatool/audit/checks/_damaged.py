"""W403: the image decodes only leniently."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import measured_as
from datatool.schemas import plural


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of damaged files: they load, with parts filled in or wrong",
        "fetch them again, or " + context.fix("clean", "--images --drop W403 -o DIR"),
    )


DAMAGED_IMAGE: Final = Check(
    code="W403",
    name="damaged-image",
    when="the image decodes only leniently",
    text=(
        "With `--images`: it decodes only leniently: its end is missing, a block was zeroed or lost, or a checksum is "
        "wrong. Training uses such files (a JPEG without its end marker gets one), with part of the picture grey or "
        "shifted. Decoders do not say so: `cv2` and Pillow read almost all of these without a word; the strict "
        "decoder here names them."
    ),
    example="c.jpg 0        (the last 2,000 of 30,000 bytes are missing)\n",
    fix="fetch the file again, or `datatool clean DATASET --drop W403 -o DIR`.",
    look=Lines(sql=lambda _: measured_as("W403"), describe=_describe),
    needs_images=True,
    gallery="Damaged",
)
