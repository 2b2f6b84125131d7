"""W503: nearly the same look in two splits."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import near_duplicates
from datatool.schemas import plural


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of one split that look like another split's (perceptual hash within 3 bits)",
        "look at them in report.html (--out DIR), then " + context.fix("clean", "--images --drop W503 -o DIR"),
    )


NEAR_DUPLICATE: Final = Check(
    code="W503",
    name="near-duplicate",
    when="perceptual hashes within 3 bits stand in two splits",
    text=(
        "With `--images`: perceptual hashes of two images in different splits are within 3 of 64 bits. Most are "
        "scaled or re-encoded copies; some are only alike, such as frames of one film. `report.html` shows them side "
        "by side. A picture without contrast has no look and is never reported."
    ),
    example="train.txt: f.jpg 1\nval.txt:   f-quality-75.jpg 1\n",
    fix="look at them, then `datatool clean DATASET --drop W503 -o DIR`.",
    look=Lines(sql=lambda _: near_duplicates(), describe=_describe),
    needs_images=True,
    gallery="Nearly the same look in two splits",
)
