"""Backbones by name: `paddle.vision:NAME`, `datatool:NAME`, `paddleclas:NAME`, `timm:NAME`, `module:callable`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from datatool.errors import ConfigError, DatatoolError, MissingDependencyError
from datatool.frameworks import open_framework
from datatool.models._user_module import place_of, raised, user_module
from datatool.schemas import nearest, require


def make_backbone(spec: str, /, *, framework: str, class_num: int, base: Path) -> Any:
    """Build a model whose last linear layer has ``class_num`` outputs.

    Args:
        spec: `where:name`.
        framework: The trainer's; a backbone of another framework is refused.
        class_num: Outputs.
        base: Folder of the recipe: `module:callable` is looked for there too.

    Raises:
        ConfigError: If there is no such backbone, with the nearest name, or the user's code fails.
        MissingDependencyError: If its package is not installed, or cannot be imported.
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
    model = _user_backbone(spec, class_num, base)
    if not open_framework(framework).is_module(model):
        made = f"{type(model).__module__}.{type(model).__name__}"
        raise ConfigError(f"model.backbone must make a model of run.trainer: {framework}; '{spec}' gave {made}")
    return model


def paddle_vision_maker(name: str, /) -> Callable[..., Any]:
    """The function of `paddle.vision.models` that makes a backbone.

    Raises:
        ConfigError: If there is none of that name, with the nearest.
    """
    models = require("paddle", extra="paddle").vision.models
    known = {key: value for key, value in vars(models).items() if inspect.isfunction(value)}
    if name not in known:
        raise _unknown("paddle.vision", name, list(known))
    return known[name]


def _paddle_vision(name: str, class_num: int) -> Any:
    return paddle_vision_maker(name)(num_classes=class_num)


def _own(name: str, class_num: int) -> Any:
    from datatool.models.nets import own_nets

    makers = own_nets()
    if name not in makers:
        raise _unknown("datatool", name, list(makers))
    return makers[name](class_num=class_num)


def _paddleclas(name: str, class_num: int) -> Any:
    from datatool.models._installed_paddleclas import paddleclas_backbone

    return paddleclas_backbone(name, class_num)


def timm_package(name: str, /) -> Any:
    """The package timm, which has a model of that name.

    Raises:
        ConfigError: If it has none, with the nearest.
        MissingDependencyError: If timm cannot be imported.
    """
    try:
        timm = require("timm", extra="timm")
    except MissingDependencyError:
        raise
    except Exception as error:  # timm imports torchvision, which raises anything beside another torch
        raise MissingDependencyError(
            f"timm:{name} must have a timm and a torchvision that can be imported; got {raised(error)}",
            hint="in a checkout of datatool run pip install '.[timm]'",
        ) from error
    if name not in timm.list_models():
        raise _unknown("timm", name, timm.list_models())
    return timm


def _timm(name: str, class_num: int) -> Any:
    return timm_package(name).create_model(name, num_classes=class_num)


_PLACES: dict[str, tuple[str, Callable[[str, int], Any]]] = {
    "paddle.vision": ("paddle", _paddle_vision),
    "datatool": ("paddle", _own),
    "paddleclas": ("paddle", _paddleclas),
    "timm": ("torch", _timm),
}


def _user_backbone(spec: str, class_num: int, base: Path) -> Any:
    module, _, name = spec.partition(":")
    with user_module(module, base=base, places=_PLACES) as home:
        maker = getattr(home, name, None)
        if not callable(maker):
            raise _unknown(module, name, [key for key, value in vars(home).items() if callable(value)])
        keyword = _keyword(maker, spec)
        try:
            model = maker(**{keyword: class_num})
        except DatatoolError:
            raise
        except Exception as error:  # it is the user's code
            message = (
                f"model.backbone must make a model; '{spec}' called with {keyword}={class_num} raised {raised(error)}"
            )
            raise ConfigError(message, **place_of(error)) from error
    if not hasattr(model, "state_dict"):
        raise ConfigError(f"model.backbone must make a model; '{spec}' gave {type(model).__name__}")
    return model


def _keyword(maker: Callable[..., Any], spec: str) -> str:
    try:
        parameters = inspect.signature(maker).parameters
    except (TypeError, ValueError):
        parameters = MappingProxyType({})
    for keyword in ("num_classes", "class_num"):
        if keyword in parameters:
            return keyword
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        return "num_classes"
    raise ConfigError(f"model.backbone must take num_classes= or class_num=; '{spec}' takes ({', '.join(parameters)})")


def _unknown(where: str, name: str, known: list[str]) -> ConfigError:
    near = nearest(name, known)
    hint = None if near is None else f"did you mean '{where}:{near}'?"
    return ConfigError(f"model.backbone must be one of {where}'s; got '{name}'", hint=hint)
