"""Backbones by name: `paddle.vision:NAME`, `datatool:NAME`, `timm:NAME`, `module:callable`."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datatool.errors import ConfigError
from datatool.schemas import nearest, require


def make_backbone(spec: str, /, *, framework: str, class_num: int, base: Path) -> Any:
    """Build a model whose last linear layer has ``class_num`` outputs.

    Args:
        spec: `where:name`.
        framework: The trainer's; a backbone of another framework is refused.
        class_num: Outputs.
        base: Folder of the recipe: `module:callable` is looked for there too.

    Raises:
        ConfigError: If there is no such backbone, with the nearest name.
        MissingDependencyError: If its package is not installed.
    """
    where, colon, name = spec.partition(":")
    if not colon or not where or not name:
        raise ConfigError(f"model.backbone must be where:name, such as paddle.vision:resnet18; got '{spec}'")
    maker = _PLACES.get(where)
    if maker is not None:
        needed, find = maker
        if needed != framework:
            raise ConfigError(f"model.backbone '{spec}' must go with run.trainer: {needed}; got {framework}")
        return find(name, class_num)
    return _call(_user_callable(where, name, base), class_num, spec)


def _paddle_vision(name: str, class_num: int) -> Any:
    models = require("paddle", extra="paddle").vision.models
    known = [key for key, value in vars(models).items() if inspect.isfunction(value)]
    if name not in known:
        raise _unknown("paddle.vision", name, known)
    return getattr(models, name)(num_classes=class_num)


def _own(name: str, class_num: int) -> Any:
    from datatool.training._resnet_vd import RESNETS_VD

    if name == "repvgg_a0":
        require("paddle", extra="paddle")
        from datatool.training._repvgg import repvgg_a0

        return repvgg_a0(num_classes=class_num)
    if name not in RESNETS_VD:
        raise _unknown("datatool", name, [*RESNETS_VD, "repvgg_a0"])
    return RESNETS_VD[name](class_num=class_num)


def _timm(name: str, class_num: int) -> Any:
    timm = require("timm", extra="timm")
    if name not in timm.list_models():
        raise _unknown("timm", name, timm.list_models())
    return timm.create_model(name, num_classes=class_num)


_PLACES: dict[str, tuple[str, Callable[[str, int], Any]]] = {
    "paddle.vision": ("paddle", _paddle_vision),
    "datatool": ("paddle", _own),
    "timm": ("torch", _timm),
}


def _user_callable(module: str, name: str, base: Path) -> Callable[..., Any]:
    sys.path.insert(0, str(base))
    try:
        home = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        near = nearest(module, _PLACES)
        hint = f"it is looked for on the Python path and beside the recipe in {base}"
        raise ConfigError(
            f"model.backbone must name a module that can be imported; got '{module}'",
            hint=hint if near is None else f"did you mean '{near}:{name}'?",
        ) from None
    finally:
        sys.path.remove(str(base))
    found = getattr(home, name, None)
    if not callable(found):
        raise _unknown(module, name, [key for key, value in vars(home).items() if callable(value)])
    maker: Callable[..., Any] = found
    return maker


def _call(maker: Callable[..., Any], class_num: int, spec: str) -> Any:
    parameters = inspect.signature(maker).parameters
    for keyword in ("num_classes", "class_num"):
        if keyword in parameters:
            return maker(**{keyword: class_num})
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return maker(num_classes=class_num)
    raise ConfigError(f"model.backbone must take num_classes= or class_num=; '{spec}' takes ({', '.join(parameters)})")


def _unknown(where: str, name: str, known: list[str]) -> ConfigError:
    near = nearest(name, known)
    hint = None if near is None else f"did you mean '{where}:{near}'?"
    return ConfigError(f"model.backbone must be one of {where}'s; got '{name}'", hint=hint)
