"""I702: classes with few images."""

from __future__ import annotations

from typing import Final

from datatool.audit._context import Context, finding, plural
from datatool.schemas import Finding

LIMIT: Final = 20  # "few-shot" of ImageNet-LT


def tail_classes(context: Context, /) -> Finding | None:
    """Report classes under 20 rows: repeating them teaches them by heart."""
    totals = context.census.totals
    few = sorted((label for label in totals if totals[label] < LIMIT), key=lambda label: (totals[label], label))
    if not few:
        return None
    return finding(
        "I702",
        count=len(few),
        message=f"{plural(len(few), 'class')} under {LIMIT} images: {context.class_list(few)}",
        hint="collect more of them, or cap repeats with balance --max-repeat",
    )
