"""W603: an all-synthetic class that cannot be tested."""

from __future__ import annotations

from datatool.audit._context import Context, finding, plural
from datatool.audit.checks._all_synthetic import all_synthetic_classes
from datatool.schemas import SYNTHETIC, Finding

VAL = "val"


def all_synthetic_unverifiable(context: Context, /) -> Finding | None:
    """Report all-synthetic classes without a real image in a val split that was given (Q4.1 rule 2)."""
    if context.census.main_split == VAL or not any(part.split == VAL for part in context.rows.dataset.parts):
        return None
    held = context.census.cells.get(VAL, {})
    labels = [label for label in all_synthetic_classes(context) if set(held.get(label, {})) <= {SYNTHETIC}]
    if not labels:
        return None
    return finding(
        "W603",
        count=len(labels),
        message=f"{plural(len(labels), 'class')} all synthetic, and without a real image in val: "
        f"{context.class_list(labels)}; whether real ones are recognised cannot be told",
        hint="add real images of it to val",
    )
