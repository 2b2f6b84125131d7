"""`CLASS[/SOURCE]=VALUE`, with class ids or names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datatool.schemas import ConfigError, nearest, source_name, whole_number

_SHOWN = 3  # names in a hint


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a value is for: a class, one source of it, or (label None) a source over all classes."""

    label: int | None
    source: str | None
    value: float


def parse_target(text: str, names: Mapping[int, str] | None, /, *, option: str) -> Target:
    """Read one `CLASS[/SOURCE]=VALUE`.

    Raises:
        ConfigError: If it has another form or names an unknown class.

    >>> parse_target("cat/synthetic=0.5", {0: "cat"}, option="--weight")
    Target(label=0, source='synthetic', value=0.5)
    """
    key, _, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not key or not 0 <= value < float("inf"):
        raise ConfigError(
            f"{option} must be CLASS[/SOURCE]=NUMBER, the number at least 0; got '{text}'",
            hint=f"for example {option} 3=0.5 or {option} 3/synthetic=0.5",
        )
    label, source = find_class_and_source(key, names, option=option)
    return Target(label=label, source=source, value=value)


def find_class_and_source(
    key: str, names: Mapping[int, str] | None, /, *, option: str
) -> tuple[int | None, str | None]:
    """The class id and source that `CLASS[/SOURCE]` names; names may hold slashes themselves."""
    label = find_class(key, names)
    if label is not None:
        return label, None
    head, slash, source = key.rpartition("/")
    if slash and source and head == "*":
        return None, source_name(source)
    if slash and source and (label := find_class(head, names)) is not None:
        return label, source_name(source)
    word = head if slash else key
    near = nearest(word, (names or {}).values())
    raise ConfigError(
        f"{option} must name a class by id, or by a name of --names; got '{key}'",
        hint=f"did you mean '{near}'?" if near else _known(names),
    )


def find_class(word: str, names: Mapping[int, str] | None, /) -> int | None:
    """The id of a class given by name or number; None if it is neither."""
    for label, name in (names or {}).items():
        if name == word:
            return label
    return whole_number(word)


def _known(names: Mapping[int, str] | None) -> str:
    if not names:
        return "give the id, or --names"
    return f"names are {', '.join(list(names.values())[:_SHOWN])} and so on"
