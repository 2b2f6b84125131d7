"""W701: classes of very different size."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context

LIMIT: Final = 10  # times: an order of magnitude
_MOST_DRAWS: Final = 20  # draws a row of an epoch in which every class is as large as the largest


def _find(context: Context) -> Found | None:
    ratio = context.census.imbalance_ratio
    if ratio is None or ratio <= LIMIT:
        return None
    totals = context.census.totals
    large, small = max(totals, key=totals.__getitem__), min(totals, key=totals.__getitem__)
    dear = len(totals) * totals[large] > _MOST_DRAWS * sum(totals.values())
    strategy = "sqrt" if dear else "oversample"
    return Found(
        count=1,
        message=f"{ratio:,.1f} to 1: class {context.class_name(large)} has {totals[large]:,} rows, "
        f"class {context.class_name(small)} has {totals[small]:,}",
        hint=context.fix("balance", f"--strategy {strategy} --out DIR"),
    )


IMBALANCE: Final = Check(
    code="W701",
    name="imbalance",
    when="the largest class has more than 10x the smallest",
    text="The largest class has more than 10 times the rows of the smallest.",
    example="a#.jpg 0 (22 times)\nb#.jpg 1 (2 times)\n",
    fix=(
        "`datatool balance DATASET --strategy oversample --out DIR`, or `sqrt` where that would draw each row more "
        "than 20 times an epoch on average, and [what to choose when](balance.md)."
    ),
    look=_find,
)
