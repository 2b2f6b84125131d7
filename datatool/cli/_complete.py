"""Values that a shell completes; each list is made when a shell asks for it."""

from __future__ import annotations

from collections.abc import Iterable

# name, help
Values = list[tuple[str, str]]


def strategies(incomplete: str) -> Values:
    """Strategies of `balance`."""
    from datatool.samplers import STRATEGIES

    return _starting(((name, kind.usage) for name, kind in STRATEGIES.items()), incomplete)


def weights(incomplete: str) -> Values:
    """Ways to weigh draws."""
    from datatool.samplers import WEIGHTS

    return _starting(((name, kind.usage) for name, kind in WEIGHTS.items()), incomplete)


def codes(incomplete: str) -> Values:
    """Codes of findings; behind a comma, the next of several."""
    from datatool.audit import CHECKS

    before, comma, last = incomplete.rpartition(",")
    found = _starting(((code, check.name) for code, check in CHECKS.items()), last.upper())
    return [(f"{before}{comma}{code}", name) for code, name in found]


def line_codes(incomplete: str) -> Values:
    """Codes of findings that name lines, which `clean --drop` takes."""
    from datatool.audit import CHECKS

    return [(text, name) for text, name in codes(incomplete) if CHECKS[text.rpartition(",")[2]].names_lines]


def model_formats(incomplete: str) -> Values:
    """Formats of `export`."""
    from datatool.deploy import FORMATS

    return _starting(((name, "") for name in FORMATS), incomplete)


def recipe_keys(incomplete: str) -> Values:
    """Keys of a recipe as `-o` takes them."""
    from datatool.runs import flatten
    from datatool.schemas import Recipe

    keys = flatten(Recipe().model_dump(mode="json", by_alias=True))
    return _starting(((f"{key}=", f"default {value}") for key, value in keys), incomplete)


def _starting(values: Iterable[tuple[str, str]], incomplete: str) -> Values:
    return [(name, said) for name, said in values if name.startswith(incomplete)]
