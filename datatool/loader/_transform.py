"""A user's callable, given each place's own seed."""

from __future__ import annotations

import copy
import inspect
import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import ConfigError

SeededTransform = Callable[[NDArray[np.uint8], int], Any]


def seeded(transform: Any, /) -> SeededTransform | None:
    """Adapt a callable taking ``image=`` to ``(image, seed) -> image``.

    An albumentations pipeline is copied for each thread and seeded before each picture. A callable that takes ``seed=``
    is given it. Any other is called with the picture alone: its randomness, if it has any, is its own.

    Raises:
        ConfigError: If it cannot be called with ``image=``.
    """
    if transform is None:
        return None
    if hasattr(transform, "set_random_seed"):
        return _Albumentations(transform)
    parameters = _parameters(transform)
    takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    if "image" not in parameters and not takes_all:
        raise ConfigError(f"transform must be a callable taking image=; got {transform!r}")
    return _Callable(transform, takes_seed="seed" in parameters)


def _parameters(transform: Any) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(transform).parameters
    except (TypeError, ValueError):
        raise ConfigError(f"transform must be a callable taking image=; got {transform!r}") from None


def _image(value: Any) -> Any:
    return value["image"] if isinstance(value, Mapping) else value


class _Callable:
    """Not a closure: worker processes are sent a copy."""

    def __init__(self, transform: Any, *, takes_seed: bool) -> None:
        self._transform = transform
        self._takes_seed = takes_seed

    def __call__(self, image: NDArray[np.uint8], seed: int) -> Any:
        return _image(self._transform(image=image, seed=seed) if self._takes_seed else self._transform(image=image))


class _Albumentations:
    """Compositions keep a generator of their own, so that each thread needs its copy."""

    def __init__(self, transform: Any) -> None:
        self._transform = transform
        self._local = threading.local()

    def __call__(self, image: NDArray[np.uint8], seed: int) -> Any:
        mine = getattr(self._local, "transform", None)
        if mine is None:
            mine = self._local.transform = copy.deepcopy(self._transform)
        mine.set_random_seed(seed % 2**32)
        return mine(image=image)["image"]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._transform,)
