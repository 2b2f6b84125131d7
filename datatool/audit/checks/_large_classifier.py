"""W205: the final layer is large."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._classifier import classifier_cost
from datatool.audit._context import Context

LIMIT: Final = 100 << 20  # bytes: as much as a whole ResNet-50


def _find(context: Context) -> Found | None:
    cost = classifier_cost(census=context.census, feature_dim=context.options.feature_dim)
    if cost.bytes <= LIMIT:
        return None
    return Found(
        count=1,
        message=f"the final layer has {cost.params:,} parameters: {cost.bytes / 2**20:,.1f} MiB, "
        f"and {3 * cost.bytes / 2**20:,.1f} MiB with Adam's two moments, at feature width {cost.feature_dim}",
        hint=f"a bottleneck layer narrower than {cost.bottleneck_break_even} saves parameters (model.bottleneck: N)",
    )


LARGE_CLASSIFIER: Final = Check(
    code="W205",
    name="large-classifier",
    when="the final layer passes 100 MiB",
    text="The final layer passes 100 MiB in float32. Adam keeps twice as much again.",
    example="a.jpg 0\nb.jpg 99999\n",
    fix=(
        "a bottleneck layer narrower than the stated width saves parameters: from C features to K classes it pays "
        "below C x K / (C + K) (`model.bottleneck` in a recipe)."
    ),
    look=_find,
)
