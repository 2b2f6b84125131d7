"""W603: an all-synthetic class that cannot be tested."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.audit.checks._all_synthetic import all_synthetic_classes
from datatool.schemas import SYNTHETIC, plural

VAL = "val"


def _find(context: Context) -> Found | None:
    if context.census.main_split == VAL or VAL not in context.census.splits:
        return None
    held = context.census.cells.get(VAL, {})
    labels = [label for label in all_synthetic_classes(context) if set(held.get(label, {})) <= {SYNTHETIC}]
    if not labels:
        return None
    return Found(
        count=len(labels),
        message=f"{plural(len(labels), 'class')} all synthetic, and without a real image in val: "
        f"{context.class_list(labels)}; whether real ones are recognised cannot be told",
        hint="add real images of it to val",
    )


ALL_SYNTHETIC_UNVERIFIABLE: Final = Check(
    code="W603",
    name="all-synthetic-unverifiable",
    when="an all-synthetic class has no real image in val",
    text=(
        "A class whose rows are all synthetic has no real image in the val split that was given: nobody can tell "
        "whether real ones are recognised."
    ),
    example="train.txt:\nreal/a.jpg 0\nsynth/b.jpg 1\nval.txt:\nreal/c.jpg 0\n",
    example_options="--synthetic 'synth/*'",
    fix="add real images of it to val.",
    look=_find,
)
