"""Which frameworks there are, by name and by model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from datatool.errors import ConfigError
from datatool.frameworks._base import Framework
from datatool.frameworks._paddle import PaddleFramework
from datatool.frameworks._tensors import NumpyTensors, Tensors
from datatool.frameworks._torch import TorchFramework
from datatool.frameworks._types import Module
from datatool.schemas import nearest

# The keys are the names of the packages too.
FRAMEWORKS: Final[dict[str, Callable[[], Framework]]] = {"paddle": PaddleFramework, "torch": TorchFramework}
_TENSORS: Final[dict[str, Callable[[], Tensors]]] = {**FRAMEWORKS, "numpy": NumpyTensors}


def open_framework(name: str, /) -> Framework:
    """The framework of this name; importing it here, not before.

    Raises:
        ConfigError: If there is none, with the nearest name.
        MissingDependencyError: If it is not installed.
    """
    if name not in FRAMEWORKS:
        near = nearest(name, FRAMEWORKS)
        hint = None if near is None else f"did you mean '{near}'?"
        raise ConfigError(f"a framework must be one of {', '.join(FRAMEWORKS)}; got '{name}'", hint=hint)
    return FRAMEWORKS[name]()


def open_tensors(name: str, /, *, device: str) -> Tensors:
    """The tensors of a framework, or of numpy, that go to ``device``.

    Args:
        name: ``numpy``, ``paddle`` or ``torch``.
        device: ``auto``, ``cpu``, ``gpu`` or ``gpu:N``.

    Raises:
        ConfigError: If the device is not there.
        MissingDependencyError: If the framework is not installed.
    """
    tensors = _TENSORS[name]()
    tensors.choose_device(device)
    return tensors


def framework_of(model: Module, /) -> Framework:
    """The framework that a model is made of; no other is imported.

    Raises:
        ConfigError: If it is a model of none.
    """
    for name, make in FRAMEWORKS.items():
        if sys.modules.get(name) is not None:
            framework = make()
            if framework.is_module(model):
                return framework
    raise ConfigError(f"a model must be a Paddle layer or a PyTorch module; got {type(model).__name__}")
