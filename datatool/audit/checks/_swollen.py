"""W601: a class blown up by synthetic images."""

from __future__ import annotations

from statistics import median
from typing import Final

import numpy as np

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import SYNTHETIC, Example, plural


def _find(context: Context) -> Found | None:
    totals = context.census.totals
    made = {label: sources.get(SYNTHETIC, 0) for label, sources in context.census.main.items()}
    if not any(made.values()):
        return None
    from datatool.samplers import swollen_by_synthetic  # many files, which most audits never need

    chosen = swollen_by_synthetic(np.array(list(totals.values())), np.array(list(made.values()))).tolist()
    swollen = {
        label: (made[label], totals[label] - made[label])
        for label, is_swollen in zip(totals, chosen, strict=True)
        if is_swollen
    }
    if not swollen:
        return None
    return Found(
        count=len(swollen),
        message=f"{plural(len(swollen), 'class')} at 3x the median of {median(totals.values()):,.0f} rows or more, "
        "mostly synthetic: "
        f"{context.class_list(sorted(swollen))}",
        hint="lower its weight: " + context.fix("balance", "--accept W601 --out DIR"),
        examples=[
            Example(reason=f"class {context.class_name(label)}: {synthetic:,} synthetic to {real:,} real rows")
            for label, (synthetic, real) in list(swollen.items())[: context.options.max_examples]
        ],
    )


SWOLLEN_BY_SYNTHETIC: Final = Check(
    code="W601",
    name="swollen-by-synthetic",
    when="a class is 3x the median and synthetic is 3x its real rows",
    text="A class has at least 3 times the median rows, and at least 3 times as many synthetic as other rows.",
    example="real/a#.jpg 0 (10 times)\nreal/b#.jpg 1 (10 times)\nreal/c#.jpg 2 (5 times)\nsynth/c#.jpg 2 (40 times)\n",
    example_options="--synthetic 'synth/*'",
    fix="`datatool balance DATASET --accept W601 --out DIR` lowers its weight.",
    look=_find,
)
