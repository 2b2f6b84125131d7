"""I702: classes with few images."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import plural

LIMIT: Final = 20  # "few-shot" of ImageNet-LT


def _find(context: Context) -> Found | None:
    totals = context.census.totals
    few = sorted((label for label in totals if totals[label] < LIMIT), key=lambda label: (totals[label], label))
    if not few:
        return None
    return Found(
        count=len(few),
        message=f"{plural(len(few), 'class')} under {LIMIT} images: {context.class_list(few)}",
        hint="collect more of them, or cap repeats with balance --max-repeat",
    )


TAIL_CLASSES: Final = Check(
    code="I702",
    name="tail-classes",
    when="classes have under 20 images",
    text="Classes under 20 images: drawn often, they are learnt by heart.",
    example="a.jpg 0\n",
    fix="collect more, or cap repeats with `datatool balance --max-repeat`.",
    look=_find,
)
