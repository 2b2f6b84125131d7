"""Which layers to take features from: the last before each down-sampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from datatool.errors import ConfigError
from datatool.frameworks import Module, framework_of
from datatool.schemas import IMAGE_SIZE


class Tap(NamedTuple):
    """A layer whose output is the last of its size.

    Attributes:
        name: Dotted name; the outermost layer that ends there.
        channels: Of its output.
        stride: Pixels of the image per pixel of the output.
    """

    name: str
    channels: int
    stride: int


def taps(model: Module, /, *, image_size: int = IMAGE_SIZE) -> list[Tap]:
    """Taps of a convolutional model, finest first; the model is run once on a black image.

    Args:
        model: A Paddle layer or a PyTorch module; its mode is kept.
        image_size: Large enough that no stage ends at a single pixel.

    Raises:
        ConfigError: If no layer gives a picture smaller than the image, or it is a model of neither framework.
    """
    framework = framework_of(model)
    modes = [(module, module.training) for _, module in framework.modules(model)]
    last: dict[int, Tap] = {}
    removers = [
        framework.on_forward(module, _recorder(last, name, image_size))
        for name, module in framework.modules(model)
        if name
    ]
    try:
        for module, _ in modes:
            framework.set_training(module, False)
        with framework.no_grad():
            model(framework.tensor_for(model, np.zeros((1, 3, image_size, image_size), np.float32)))
    finally:
        for remove in removers:
            remove()
        for module, training in modes:
            framework.set_training(module, training)
    if not last:
        raise ConfigError("a model to tap must have layers whose outputs are pictures; got none")
    return [last[stride] for stride in sorted(last)]


def _recorder(last: dict[int, Tap], name: str, image_size: int) -> Callable[[Any, Any], None]:
    def record(_: Any, output: Any) -> None:
        shape = tuple(int(size) for size in getattr(output, "shape", ()))
        if len(shape) == 4 and 1 < shape[2] < image_size:  # single pixels are pooling: squeezes and heads
            stride = round(image_size / shape[2])
            last[stride] = Tap(name, shape[1], stride)

    return record
