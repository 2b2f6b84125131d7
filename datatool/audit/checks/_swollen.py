"""W601: a class blown up by synthetic images."""

from __future__ import annotations

from statistics import median
from typing import Final

from datatool.audit._context import Context, finding, plural
from datatool.schemas import SYNTHETIC, Example, Finding

FACTOR: Final = 3  # DESIGN 3, after Q4.1 rule 1 ("several times")


def swollen_by_synthetic(context: Context, /) -> Finding | None:
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
    return finding(
        "W601",
        count=len(swollen),
        message=f"{plural(len(swollen), 'class')} at 3x the median of {middle:,.0f} rows or more, mostly synthetic: "
        f"{context.class_list(sorted(swollen))}",
        hint="lower its weight: " + context.fix("balance", "--accept W601 --out DIR"),
        examples=[
            Example(reason=f"class {context.class_name(label)}: {synthetic:,} synthetic to {real:,} real rows")
            for label, (synthetic, real) in list(swollen.items())[: context.options.max_examples]
        ],
    )
