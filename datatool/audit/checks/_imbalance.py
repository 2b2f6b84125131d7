"""W701: classes of very different size."""

from __future__ import annotations

from typing import Final

from datatool.audit._context import Context, finding
from datatool.schemas import Finding

LIMIT: Final = 10  # DESIGN 3


def imbalance(context: Context, /) -> Finding | None:
    """Report a largest class of more than 10x the smallest."""
    ratio = context.census.imbalance_ratio
    if ratio is None or ratio <= LIMIT:
        return None
    totals = context.census.totals
    large, small = max(totals, key=totals.__getitem__), min(totals, key=totals.__getitem__)
    return finding(
        "W701",
        count=1,
        message=f"{ratio:,.1f} to 1: class {context.class_name(large)} has {totals[large]:,} rows, "
        f"class {context.class_name(small)} has {totals[small]:,}",
        hint=context.fix("balance", "--strategy oversample --out DIR"),
    )
