"""What the final fully connected layer costs."""

from __future__ import annotations

from datatool.audit._census import Census
from datatool.schemas import ClassifierCost


def classifier_cost(*, census: Census, feature_dim: int) -> ClassifierCost:
    """The layer from ``feature_dim`` features to class_num logits, in float32.

    A bottleneck of width d before it makes feature_dim x d + d x class_num weights out of feature_dim x class_num;
    it saves where d < feature_dim x class_num / (feature_dim + class_num) .
    """
    class_num = census.class_num
    params = (feature_dim + 1) * class_num
    return ClassifierCost(
        feature_dim=feature_dim,
        params=params,
        bytes=4 * params,
        wasted_params=(feature_dim + 1) * census.missing_id_count,
        bottleneck_break_even=feature_dim * class_num // (feature_dim + class_num),
    )
