"""E402: the image does not decode."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import measured_as
from datatool.schemas import plural


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of files that no engine makes an image of",
        context.fix("clean", "--images --drop E402 -o DIR"),
    )


UNREADABLE_IMAGE: Final = Check(
    code="E402",
    name="unreadable-image",
    when="the image does not decode",
    text=(
        "With `--images`: no engine reads the file: it is empty, an error page saved as `.jpg`, cut off inside its "
        "header, of a format that is [not read](loader.md#formats), or made to cost more than a picture does (a JPEG "
        "of more than 100 scans, a PNG whose chunks are larger than the file)."
    ),
    example='b.jpg 1        (b.jpg holds "<html>404 Not Found")\n',
    fix="fetch the file again, or `datatool clean DATASET --drop E402 -o DIR`.",
    look=Lines(sql=lambda _: measured_as("E402"), describe=_describe),
    needs_images=True,
    gallery="Unreadable",
)
