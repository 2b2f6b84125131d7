"""W205: the final layer is large."""

from __future__ import annotations

from typing import Final

from datatool.audit._classifier import classifier_cost
from datatool.audit._context import Context, finding
from datatool.schemas import Finding

LIMIT: Final = 100 << 20  # bytes: DESIGN 3


def large_classifier(context: Context, /) -> Finding | None:
    """Report what the final layer costs, and the bottleneck that would pay (Q2.2)."""
    cost = classifier_cost(census=context.census, feature_dim=context.options.feature_dim)
    if cost.bytes <= LIMIT:
        return None
    return finding(
        "W205",
        count=1,
        message=f"the final layer has {cost.params:,} parameters: {cost.bytes / 2**20:,.1f} MiB, "
        f"and {3 * cost.bytes / 2**20:,.1f} MiB with Adam's two moments, at feature width {cost.feature_dim}",
        hint=f"a bottleneck layer narrower than {cost.bottleneck_break_even} saves parameters (model.bottleneck: N)",
    )
