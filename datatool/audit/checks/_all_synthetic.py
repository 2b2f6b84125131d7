"""I602: a class that is all synthetic."""

from __future__ import annotations

from datatool.audit._context import Context, finding, plural
from datatool.schemas import SYNTHETIC, Finding


def all_synthetic_classes(context: Context, /) -> list[int]:
    """Ids of classes whose rows are all synthetic while other classes have real ones; ascending."""
    synthetic = [label for label, sources in context.census.main.items() if set(sources) == {SYNTHETIC}]
    return [] if len(synthetic) == len(context.census.main) else synthetic


def all_synthetic_class(context: Context, /) -> Finding | None:
    """Report such classes: leave their size alone, and test that they are recognised (Q4.1 rule 2)."""
    labels = all_synthetic_classes(context)
    if not labels:
        return None
    return finding(
        "I602",
        count=len(labels),
        message=f"{plural(len(labels), 'class')} all synthetic while others are not: {context.class_list(labels)}",
        hint="keep real images of it in val, and read its recall there",
    )
