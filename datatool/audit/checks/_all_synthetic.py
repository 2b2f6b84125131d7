"""I602: a class that is all synthetic."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import SYNTHETIC, plural


def all_synthetic_classes(context: Context, /) -> list[int]:
    """Ids of classes whose rows are all synthetic while other classes have real ones; ascending."""
    synthetic = [label for label, sources in context.census.main.items() if set(sources) == {SYNTHETIC}]
    return [] if len(synthetic) == len(context.census.main) else synthetic


def _find(context: Context) -> Found | None:
    """Such classes are best left as large as they are; whether real images of them are recognised must be tested."""
    labels = all_synthetic_classes(context)
    if not labels:
        return None
    return Found(
        count=len(labels),
        message=f"{plural(len(labels), 'class')} all synthetic while others are not: {context.class_list(labels)}",
        hint="keep real images of it in val, and read its recall there",
    )


ALL_SYNTHETIC_CLASS: Final = Check(
    code="I602",
    name="all-synthetic-class",
    when="a class is all synthetic while others are not",
    text=(
        "All rows of a class are synthetic while other classes have real ones. Balancing does not help it; knowing "
        "its recall on real images does."
    ),
    example="real/a.jpg 0\nsynth/b.jpg 1\n",
    example_options="--synthetic 'synth/*'",
    fix="keep real images of it in val.",
    look=_find,
)
