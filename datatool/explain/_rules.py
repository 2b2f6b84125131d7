"""`failures.yaml` as objects, validated once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from datatool.explain._literals import literals
from datatool.schemas import Document, load_yaml

FILE: Final = "failures.yaml"
Kind = Literal["fatal", "catch-all", "silent", "harmless"]


class Pattern:
    """A compiled pattern, and for each of its alternatives the texts that a match must hold."""

    def __init__(self, text: str) -> None:
        self.regex = re.compile(text, re.MULTILINE)
        self.literals = literals(text)

    def may_match(self, block: str, /) -> bool:
        """False only where the block surely holds no match."""
        return any(all(text in block for text in texts) for texts in self.literals)

    def last_match(self, block: str, /) -> int | None:
        """Where the last line that matches begins; None where none does."""
        found = [place for texts in self.literals if (place := self._last(block, texts[0])) is not None]
        return max(found, default=None)

    def _last(self, block: str, text: str) -> int | None:
        at = block.rfind(text)
        while at >= 0:
            start, end = block.rfind("\n", 0, at) + 1, block.find("\n", at)
            if self.regex.search(block[start : end if end >= 0 else len(block)]):
                return start
            at = block.rfind(text, 0, start)
        return None


class Distinct(Document):
    """How many different values the first group of a rule had."""

    at_least: int = 0
    at_most: int = 1_000_000


class When(Document):
    """What in a log speaks for a cause; all that is given must hold."""

    group: Mapping[str, str] = {}
    equal: tuple[str, str] | None = None
    above: tuple[str, str] | None = None
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    distinct: Distinct | None = None
    near: str | None = None


class LocalCheck(Document):
    """What can be looked at on this machine; each speaks for its cause where it finds one of the words."""

    audit: tuple[str, ...] = ()
    doctor: tuple[str, ...] = ()
    checkpoint: tuple[str, ...] = ()
    path: str | None = None


class Cause(Document):
    """One possible cause."""

    text: str
    when: When | None = None
    check: LocalCheck | None = None
    harmless: bool = False
    run: str | None = None


class Rule(Document):
    """One entry of `failures.yaml`, whose head says what each key means."""

    # The compiled pattern is computed once, and kept beside the fields.
    model_config = ConfigDict(ignored_types=(cached_property,))

    name: str
    rows: tuple[int, ...]
    title: str
    kind: Kind
    patterns: tuple[str, ...] = Field(min_length=1)
    where: str | None = None
    after: tuple[str, ...] = ()
    at_least: int = 1
    unless_later: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = Field(min_length=1)
    tell_apart: str
    run: str

    @cached_property
    def compiled(self) -> tuple[Pattern, ...]:
        """The patterns, ready to search."""
        return tuple(Pattern(text) for text in self.patterns)

    @cached_property
    def seen_where(self) -> re.Pattern[str] | None:
        """The pattern of ``where``."""
        return None if self.where is None else re.compile(self.where)


class Rules(BaseModel):
    """All entries, in the order of the file: of two that match one line the first counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    facts: Mapping[str, str]
    failures: tuple[Rule, ...]

    @cached_property
    def compiled_facts(self) -> dict[str, Pattern]:
        """The patterns of facts, ready to search."""
        return {name: Pattern(text) for name, text in self.facts.items()}

    def named(self, name: str, /) -> Rule | None:
        """The entry of this name."""
        return next((rule for rule in self.failures if rule.name == name), None)


@cache
def read_rules() -> Rules:
    """The rules that the package has."""
    return Rules.model_validate(load_yaml(files("datatool.explain").joinpath(FILE).read_text(encoding="utf-8")))
