"""Checks of arguments that loaders share."""

from __future__ import annotations

from datatool.pipelines import Augment, Interpolation, parse_augment, resize_of
from datatool.schemas import ConfigError


def as_augment(
    augment: str | Augment, /, *, image_size: int, resize: int | None, interpolation: Interpolation
) -> Augment:
    """The augmentation asked for, checked against the image size.

    Raises:
        ConfigError: If it is unknown, or its short side is smaller than the crop.
    """
    if image_size < 1:
        raise ConfigError(f"image_size must be at least 1; got {image_size}")
    if isinstance(augment, str):
        augment = parse_augment(augment, resize=resize, interpolation=interpolation)
    if augment.crop == "center" and resize_of(augment, image_size) < image_size:
        raise ConfigError(f"eval_resize must be at least image_size {image_size}; got {augment.resize}")
    return augment
