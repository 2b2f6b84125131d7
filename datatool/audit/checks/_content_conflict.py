"""E504: the same content, two labels."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import conflicts
from datatool.schemas import plural


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} with another label than most files of the same content have, or than the first has",
        context.fix("clean", "--images --drop E504 -o DIR"),
    )


CONTENT_CONFLICT: Final = Check(
    code="E504",
    name="content-conflict",
    when="the same content has two labels",
    text=(
        "With `--images`: files of the same content (bytes or pixels) have two labels, within a split or across. One "
        "path with two labels is E301. Where more than half of the files have one label it stands, and the others are "
        "named; else those that contradict the first."
    ),
    example="g.jpg 0\ncopy-of-g.jpg 1\n",
    fix=(
        "decide which is right; `datatool clean DATASET --drop E504 -o DIR` drops the rows whose label "
        "fewer files have, and all of them where no label has more than half, since then none can be trusted."
    ),
    look=Lines(sql=lambda _: conflicts(), describe=_describe),
    needs_images=True,
    gallery="One content, two labels",
)
