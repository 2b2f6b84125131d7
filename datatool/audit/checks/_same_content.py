"""W504: one picture several times in a class."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import distinct_images, same_content
from datatool.schemas import plural

_SHOWN: Final = 5  # classes in the message


def _describe(context: Context, count: int) -> tuple[str, str]:
    classes = context.query(distinct_images())
    shown = "; ".join(
        f"{context.class_name(label)} in {split}: {rows:,} rows, {distinct:,} distinct images"
        for label, split, rows, distinct in classes[:_SHOWN]
    )
    more = f" and {len(classes) - _SHOWN:,} more" if len(classes) > _SHOWN else ""
    return (
        f"{plural(count, 'row')} of a picture that their split and class have under another name ({shown}{more})",
        context.fix("clean", "--images --drop W504 -o DIR")
        + ", or count each picture once with "
        + context.fix("balance", "--count unique"),
    )


SAME_CONTENT: Final = Check(
    code="W504",
    name="same-content",
    when="identical pictures stand in one split with one label",
    text=(
        "With `--images`: the same content (bytes or pixels) stands in one split with one label under several names. "
        "It counts once for each name, so a class looks larger than it is. The message gives rows and distinct images "
        "of the classes where they differ, those with the most copies first. One path listed again is W302."
    ),
    example="h.jpg 0\nh-again.jpg 0\n",
    fix=(
        "`datatool clean DATASET --drop W504 -o DIR` keeps the first of each; `datatool balance DATASET --count "
        "unique` makes a class as large as its distinct images."
    ),
    look=Lines(sql=lambda _: same_content(), describe=_describe),
    needs_images=True,
    gallery="The same picture in one class",
)
