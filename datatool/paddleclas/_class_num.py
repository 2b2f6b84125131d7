"""How many outputs the model of a YAML has, and which key says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from datatool.errors import ConfigError
from datatool.paddleclas._config import ClasConfig

DEFAULT: Final = 1000  # of every architecture of PaddleClas


@dataclass(frozen=True, kw_only=True)
class ClassNum:
    """Outputs of the model.

    Attributes:
        value: How many; None where the model has no classifier.
        key: The key that says so, or that would: the value is then PaddleClas's default.
        is_default: Whether no key says so.
        also: Other keys that must say the same, such as the teacher's.
        ignored: A key that is there and has no effect.
    """

    value: int | None
    key: str
    is_default: bool = False
    also: tuple[str, ...] = ()
    ignored: str | None = None


def class_num_of(config: ClasConfig, /) -> ClassNum:
    """Outputs of the model: of Arch, its Head, or the student; never of a Neck or Backbone, where it is a width.

    Raises:
        ConfigError: If the value is no number.
    """
    if config.form == "six-section":
        return _at(config, "classes_num")
    arch = config.get("Arch", {})
    if not isinstance(arch, dict):
        raise ConfigError("Arch must be a section; got a value", file=config.file)
    if isinstance(arch.get("models"), list):
        return _of_models(config, arch["models"])
    if "Head" in arch or "Backbone" in arch:
        return _of_head(config, "Arch")
    outside = config.get("Global.class_num")
    if outside is not None and arch.get("class_num") is None:
        return _at(config, "Global.class_num")
    found = _at(config, "Arch.class_num")
    return found if outside is None else ClassNum(value=found.value, key=found.key, ignored="Global.class_num")


def _of_models(config: ClasConfig, models: list[Any]) -> ClassNum:
    found = [_of_net(config, place, net) for place, net in _nets(models)]
    if not found:
        raise ConfigError("Arch.models must hold a network; got none", file=config.file)
    student = next((one for (place, _), one in zip(_nets(models), found, strict=True) if "Student" in place), found[-1])
    others = tuple(one.key for one in found if one is not student and one.value is not None)
    return ClassNum(value=student.value, key=student.key, is_default=student.is_default, also=others)


def _nets(models: list[Any]) -> Iterator[tuple[str, Any]]:
    for number, named in enumerate(models):
        for name, net in named.items() if isinstance(named, dict) else ():
            yield f"Arch.models.{number}.{name}", net


def _of_net(config: ClasConfig, place: str, net: Any) -> ClassNum:
    if isinstance(net, dict) and ("Head" in net or "Backbone" in net):
        return _of_head(config, place)
    return _at(config, f"{place}.class_num")


def _of_head(config: ClasConfig, place: str) -> ClassNum:
    key = f"{place}.Head.class_num"
    if config.get(f"{place}.Head") is None:
        return ClassNum(value=None, key=key)
    return _at(config, key)


def _at(config: ClasConfig, key: str) -> ClassNum:
    value = config.get(key)
    if value is None:
        return ClassNum(value=DEFAULT, key=key, is_default=True)
    if type(value) is not int or value < 1:
        raise ConfigError(f"{key} must be a number of classes; got {value!r}", file=config.file)
    return ClassNum(value=value, key=key)
