"""A framework is found by its name or by a model of it, and no other is imported for that."""

from __future__ import annotations

import pytest

from datatool.errors import ConfigError
from datatool.frameworks import FRAMEWORKS, LAYOUTS, framework_of, open_framework
from tests.helpers.program import Cli


def test_every_framework_bears_the_name_it_is_found_by() -> None:
    for name in FRAMEWORKS:
        pytest.importorskip(name)
        assert (open_framework(name).name, open_framework(name).layout) == (name, LAYOUTS[name])


def test_an_unknown_framework_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="a framework must be one of paddle, torch; got 'padle'") as caught:
        open_framework("padle")
    assert caught.value.hint == "did you mean 'paddle'?"


@pytest.mark.parametrize(("name", "other"), [("paddle", "torch"), ("torch", "paddle")])
def test_the_framework_of_a_model_is_told_without_importing_the_other(process: Cli, name: str, other: str) -> None:
    pytest.importorskip(name)
    script = f"""
import sys
import {name}
from datatool.frameworks import framework_of
print(framework_of({name}.nn.Linear(2, 3)).name, {other!r} in sys.modules)
"""
    result = process("-c", script)
    assert result.out.split() == [name, "False"], result.err


def test_what_is_a_model_of_neither_is_refused() -> None:
    with pytest.raises(ConfigError, match="a model must be a Paddle layer or a PyTorch module; got int"):
        framework_of(3)
