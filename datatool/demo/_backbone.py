"""A backbone small enough to be trained in a minute on two cores."""

from __future__ import annotations

from typing import Any

from datatool.schemas import require


def small_backbone(*, num_classes: int) -> Any:
    """Three blocks of convolution, BatchNorm, ReLU and max pooling, and a linear head.

    Input is float32 (N, 3, 32, 32); the head sees 256 features. In a recipe:
    `backbone: "datatool.demo:small_backbone"`.
    """
    nn = require("paddle", extra="paddle").nn
    layers: list[tuple[str, Any]] = []
    for block, (num_in, num_out) in enumerate([(3, 16), (16, 32), (32, 64)], 1):
        layers += [
            (f"conv{block}", nn.Conv2D(num_in, num_out, 3, padding=1, bias_attr=False)),
            (f"norm{block}", nn.BatchNorm2D(num_out)),
            (f"relu{block}", nn.ReLU()),
            (f"pool{block}", nn.MaxPool2D(2)),
        ]
    layers += [("mean", nn.AvgPool2D(2)), ("flatten", nn.Flatten()), ("fc", nn.Linear(256, num_classes))]
    return nn.Sequential(*layers)
