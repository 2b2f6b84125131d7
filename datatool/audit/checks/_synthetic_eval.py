"""E604: synthetic rows in val or test."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.schemas import EVAL_SPLITS, SYNTHETIC, plural


def _places(context: Context) -> str | None:
    held = [
        split
        for split in EVAL_SPLITS
        if any(SYNTHETIC in sources for sources in context.census.cells.get(split, {}).values())
    ]
    if not held:
        return None
    splits = ", ".join(f"'{split}'" for split in held)
    return (
        "SELECT file, line, path || ' ' || label AS text, 'a synthetic row in ' || split AS reason, "
        f"true AS drop FROM $rows WHERE source = '{SYNTHETIC}' AND split IN ({splits})"
    )


def _describe(context: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'synthetic row')} in val or test: scores must come from real images",
        context.fix("clean", "--drop E604 -o DIR"),
    )


SYNTHETIC_IN_EVAL: Final = Check(
    code="E604",
    name="synthetic-in-eval",
    when="synthetic rows stand in val or test",
    text="Synthetic rows stand in val or test: the score is that of the generator.",
    example="train.txt:\nreal/a.jpg 0\nval.txt:\nsynth/c.jpg 0\n",
    example_options="--synthetic 'synth/*'",
    fix="`datatool clean DATASET --drop E604 -o DIR`.",
    look=Lines(sql=_places, describe=_describe),
)
