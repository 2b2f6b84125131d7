"""Layers of a backbone where its resolution changes."""

from __future__ import annotations

from datatool.models import taps


def test_taps_name_the_last_layer_of_each_size() -> None:
    """With channels and stride, for nets of different shape."""
    from paddle.vision import models

    assert [tuple(tap) for tap in taps(models.resnet18(), image_size=64)] == [
        ("relu", 64, 2), ("layer1", 64, 4), ("layer2", 128, 8), ("layer3", 256, 16), ("layer4", 512, 32),
    ]  # fmt: skip
    small = taps(models.mobilenet_v3_small(), image_size=64)
    assert [tap.stride for tap in small] == [2, 4, 8, 16, 32]
