"""The state dict in what a trainer saved, where that holds more than one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from datatool.frameworks import Array

_KEYS: Final = ("state_dict", "model", "model_state_dict")  # the first that is there is taken
_AVERAGED: Final = ("state_dict_ema", "model_ema", "ema_state_dict", "ema")  # taken where it is the only one
_LEVELS: Final = 4  # dicts inside dicts; a file may even hold one that is inside itself


def state_of(saved: Mapping[str, Any], /) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Arrays by name, out of the dicts that trainers wrap them in.

    Returns:
        The arrays, and a sentence where the file holds another state of the same model, such as averaged weights.
    """
    notes: list[str] = []
    level: Mapping[str, Any] = saved
    for _ in range(_LEVELS):
        keys = _KEYS if _arrays(level) else (*_KEYS, *_AVERAGED)
        key = next((key for key in keys if isinstance(level.get(key), dict)), None)
        if key is None:
            break
        notes.extend(_others(level, key, taken=_arrays(level[key])))
        level = level[key]
    return _arrays(level), tuple(notes)


def _others(level: Mapping[str, Any], key: str, *, taken: Mapping[str, Array]) -> list[str]:
    """Said where dicts beside the one taken have tensors of the same names."""
    lasts = {_bare(name) for name in taken}
    found = [
        str(other)
        for other, value in level.items()
        if other != key and isinstance(value, dict) and lasts & {_bare(name) for name in _arrays(value)}
    ]
    if not found:
        return []
    listed = " and ".join(f"'{other[:40]}'" for other in found[:3])
    which = "one of those" if found[1:] else "that"
    return [f"the weights are the file's '{key}'; it also holds {listed}: to use {which}, save it to a file of its own"]


def _bare(name: str) -> str:
    return name.removeprefix("module.")


def _arrays(level: Mapping[Any, Any]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    plain: dict[int, Array] = {}  # one array under several names stays one
    for name, item in level.items():
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], np.ndarray):
            item = item[1]  # Paddle writes (counter name, values)
        if isinstance(item, np.ndarray):
            found[str(name)] = plain.setdefault(id(item), np.asarray(item))
    return found
