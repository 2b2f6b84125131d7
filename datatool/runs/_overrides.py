"""`-o key.path=value`: dotted keys with list indices, values read as YAML, nothing evaluated."""

from __future__ import annotations

from typing import Any

from datatool.errors import ConfigError
from datatool.schemas import load_yaml, whole_number


def parse_override(text: str, /) -> tuple[str, Any]:
    """Split at the first ``=`` and read the value under the YAML 1.2 core rules.

    Raises:
        ConfigError: If there is no ``=`` or no key, or the value is not YAML.

    >>> parse_override("optimizer.lr=1e-3")
    ('optimizer.lr', 0.001)
    """
    key, equals, value = text.partition("=")
    if not equals or not key or any(not part for part in key.split(".")):
        raise ConfigError(f"an override must be key.path=value; got '{text}'", hint="for example -o optimizer.lr=0.1")
    return key, load_yaml(value, file=f"-o {key}")


def assign(tree: dict[str, Any], key: str, value: Any, /) -> None:
    """Set ``key`` in nested dicts and lists, in place; unknown names are left to validation.

    Raises:
        ConfigError: If the path runs through a plain value or past the end of a list.
    """
    *path, last = key.split(".")
    place: Any = tree
    for part in path:
        place = _enter(place, part, key)
    if isinstance(place, list):
        place[_index(place, last, key)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise _through(key, last)


def _enter(place: Any, part: str, key: str) -> Any:
    if isinstance(place, list):
        return place[_index(place, part, key)]
    if not isinstance(place, dict):
        raise _through(key, part)
    if place.get(part) is None:
        place[part] = {}
    return place[part]


def _index(place: list[Any], part: str, key: str) -> int:
    if not place:
        raise ConfigError(
            f"the index in '{key}' must be of an item that is there; the list is empty",
            hint=f"give the whole list: -o {key.partition(f'.{part}')[0]}=[...]",
        )
    index = whole_number(part)
    if index is None or index >= len(place):
        raise ConfigError(f"the index in '{key}' must be 0 to {len(place) - 1}; got '{part}'")
    return index


def _through(key: str, part: str) -> ConfigError:
    return ConfigError(f"'{key}' must lead through sections and lists; '{part}' stands below a plain value")
