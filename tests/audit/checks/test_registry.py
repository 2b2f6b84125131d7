"""What the table of checks promises to whoever reads a code."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from datatool.audit import CHECKS, Check, checks
from datatool.audit.checks import check_named
from datatool.errors import ConfigError


def _written() -> Iterator[Check]:
    """Every check that a file of the folder holds."""
    for module in pkgutil.iter_modules(checks.__path__):
        for value in vars(importlib.import_module(f"datatool.audit.checks.{module.name}")).values():
            yield from (one for one in (value if isinstance(value, tuple) else [value]) if isinstance(one, Check))


def test_every_check_of_the_folder_is_in_the_table_once() -> None:
    assert Counter(check.code for check in _written()) == Counter(CHECKS.keys())
    assert [check.code for check in CHECKS.values()] == list(CHECKS)


def test_codes_stand_in_the_order_of_their_numbers_and_begin_with_their_severity() -> None:
    assert [code[1:] for code in CHECKS] == sorted(code[1:] for code in CHECKS)
    for check in CHECKS.values():
        assert re.fullmatch(r"[EWI]\d{3}", check.code)
        assert check.code[0].lower() == check.severity[0]
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.name)


def test_an_unknown_code_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=r"got 'E10'\. Hint: did you mean E10[0-9]\?"):
        check_named("E10", option="--drop")
