"""Checks of arguments, in one place for all loaders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Integral
from typing import Any, Final

import numpy as np

from datatool.pipelines import Augment, Interpolation, parse_augment, resize_of
from datatool.schemas import ConfigError, nearest

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "framework": ("paddle", "torch", "numpy"),
    "output": ("float32", "uint8"),
    "workers": ("threads", "processes"),
    "on_error": ("replace", "skip", "raise"),
    "interpolation": ("area", "linear", "cubic", "nearest"),
}
_AT_LEAST_ONE: Final = (
    "batch_size",
    "image_size",
    "views",
    "prefetch",
    "num_threads",
    "max_pixels",
    "local_world_size",
)
_DEVICE: Final = re.compile(r"auto|cpu|gpu(:\d+)?")


def check_options(options: Mapping[str, Any], /) -> None:
    """Refuse values that no loader can use; where a number may be left open, None says so.

    Raises:
        ConfigError: At the first one, with its name, rule and value.
    """
    for name, choices in _CHOICES.items():
        value = options.get(name, choices[0])  # not every loader has them all
        if value not in choices:
            near = nearest(str(value), choices)
            raise ConfigError(
                f"{name} must be one of {', '.join(choices)}; got '{value}'",
                hint=None if near is None else f"did you mean '{near}'?",
            )
    for name in _AT_LEAST_ONE:
        value = options.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise ConfigError(f"{name} must be at least 1; got {value!r}")
    if not isinstance(options.get("seed", 0), Integral):
        raise ConfigError(f"seed must be a whole number; got {options['seed']!r}")
    if not isinstance(options["timeout"], (int, float)) or not options["timeout"] > 0:
        raise ConfigError(f"timeout must be more than 0 seconds; got {options['timeout']!r}")
    if not _DEVICE.fullmatch(str(options["device"])):
        raise ConfigError(f"device must be auto, cpu, gpu or gpu:N; got '{options['device']}'")
    for name in ("mean", "std"):
        values = np.asarray(options[name])
        if values.shape != (3,) or values.dtype.kind not in "iuf":
            raise ConfigError(f"{name} must have three values; got {options[name]!r}")
    if not all(value > 0 for value in options["std"]):
        raise ConfigError(f"std must be more than 0 in every channel; got {options['std']!r}")


def as_augment(
    augment: str | Augment,
    /,
    *,
    image_size: int,
    resize: int | None,
    interpolation: Interpolation,
    views: int | None = None,
) -> Augment:
    """The augmentation asked for, checked against what goes with it.

    Raises:
        ConfigError: If it is unknown, its short side is smaller than the crop, or views are to be mixed.
    """
    if not isinstance(augment, (str, Augment)):
        raise ConfigError(f"augment must be a name such as 'crop-flip', or an Augment; got {augment!r}")
    if isinstance(augment, str):
        augment = parse_augment(augment, resize=resize, interpolation=interpolation)
    if augment.crop == "center" and resize_of(augment, image_size) < image_size:
        raise ConfigError(f"eval_resize must be at least image_size {image_size}; got {augment.resize}")
    if views is not None and augment.mixes:
        raise ConfigError("views must go without mixup and cutmix, whose partners differ each time; got both")
    return augment


def check_mixing(augment: Augment, /, *, device: str, output: str) -> None:
    """Refuse to mix bytes on a GPU: there pictures are mixed after they are normalised.

    Raises:
        ConfigError: If that is asked for.
    """
    if augment.mixes and device != "cpu" and output == "uint8":
        raise ConfigError(f"mixup and cutmix on device '{device}' must have output 'float32'; got 'uint8'")
