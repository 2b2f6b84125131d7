"""W601: a class blown up by synthetic images."""

from __future__ import annotations

from statistics import median
from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context, plural
from datatool.schemas import SYNTHETIC, Example

FACTOR: Final = 3  # DESIGN 3, after Q4.1 rule 1 ("several times")


def _find(context: Context) -> Found | None:
    """Report classes of at least 3x the median size whose synthetic rows are at least 3x the others."""
    census = context.census
    if not census.totals:
        return None
    middle = median(census.totals.values())
    swollen = {
        label: (sources[SYNTHETIC], census.totals[label] - sources[SYNTHETIC])
        for label, sources in census.main.items()
        if SYNTHETIC in sources
        and census.totals[label] >= FACTOR * middle
        and sources[SYNTHETIC] >= FACTOR * (census.totals[label] - sources[SYNTHETIC])
    }
    if not swollen:
        return None
    return Found(
        count=len(swollen),
        message=f"{plural(len(swollen), 'class')} at 3x the median of {middle:,.0f} rows or more, mostly synthetic: "
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
