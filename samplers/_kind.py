"""What an option such as `--strategy NAME:ARGUMENT` can name: kinds, each an object that says all about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from datatool.schemas import ConfigError, nearest

T = TypeVar("T")
K = TypeVar("K", bound="Kind[Any]")


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[T]):
    """One of the kinds.

    Attributes:
        name: As the option has it, without the argument.
        rule: What it does: a cell of the table in the docs, Markdown.
        argument: What stands after the colon, such as ``Q``; None where nothing does.
        make: Makes one of the text of the argument; raises ValueError where that must be a number and is none.
    """

    name: str
    rule: str
    argument: str | None = None
    make: Callable[[str], T]

    @property
    def usage(self) -> str:
        """How it is written: `power:Q`."""
        return self.name if self.argument is None else f"{self.name}:{self.argument}"


def find_kind(text: str, kinds: Mapping[str, K], /, *, unknown: str, one: str) -> tuple[K, str]:
    """The kind that a text names, and its argument.

    Args:
        text: As the user wrote it.
        kinds: By name.
        unknown: The rule that a name breaks which no kind has.
        one: The subject of the sentence about the kind ``{name}``.

    Raises:
        ConfigError: If there is none of that name, or its argument is missing or superfluous.
    """
    name, colon, argument = text.partition(":")
    kind = kinds.get(name)
    if kind is None:
        near = nearest(name, kinds)
        hint = f"did you mean '{near}'?" if near else f"choose one of {', '.join(k.usage for k in kinds.values())}"
        raise ConfigError(f"{unknown}; got '{text}'", hint=hint)
    if (kind.argument is None) != (not colon):
        raise ConfigError(f"{one.format(name=name)} must be written '{kind.usage}'; got '{text}'")
    return kind, argument


def make_kind(text: str, kinds: Mapping[str, Kind[T]], /, *, unknown: str, one: str, of: str) -> T:
    """Make what a text names; as `find_kind`, with ``of`` for the owner of an argument that is no number."""
    kind, argument = find_kind(text, kinds, unknown=unknown, one=one)
    try:
        return kind.make(argument)
    except ValueError:
        raise ConfigError(f"the argument of {of} must be a number; got '{text}'") from None
