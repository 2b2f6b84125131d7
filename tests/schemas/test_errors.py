"""The exception tree and its sentences."""

from __future__ import annotations

import inspect

import pytest

from datatool import errors, schemas

CONCRETE = [getattr(errors, name) for name in errors.__all__]


def test_errors_re_exports_the_whole_tree_of_schemas() -> None:
    tree = {name for name in vars(schemas)["__all__"] if name.endswith("Error")}
    assert tree == set(errors.__all__)


@pytest.mark.parametrize("kind", CONCRETE)
def test_every_error_is_a_datatool_error_with_a_docstring(kind: type[errors.DatatoolError]) -> None:
    assert issubclass(kind, errors.DatatoolError)
    assert kind.__doc__


def test_the_tree_drawn_in_the_docstring_names_every_class() -> None:
    drawing = inspect.getmodule(errors.DatatoolError).__doc__
    assert drawing is not None
    assert [kind.__name__ for kind in CONCRETE if kind.__name__ not in drawing] == []


def test_findings_exit_with_1_and_everything_else_with_2() -> None:
    assert {kind.__name__: kind.exit_code for kind in CONCRETE if kind.exit_code != 2} == {"FindingsError": 1}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "x must be 1; got 2."),
        ({"file": "a.txt"}, "x must be 1; got 2 (a.txt)."),
        ({"file": "a.txt", "line": 7}, "x must be 1; got 2 (a.txt:7)."),
        ({"hint": "run y"}, "x must be 1; got 2. Hint: run y."),
        ({"hint": "did you mean 'z'?"}, "x must be 1; got 2. Hint: did you mean 'z'?"),
        ({"file": "a.txt", "line": 7, "hint": "run y"}, "x must be 1; got 2 (a.txt:7). Hint: run y."),
    ],
)
def test_a_message_is_one_sentence_with_place_and_hint(options: dict[str, object], sentence: str) -> None:
    assert sentence == str(errors.DatatoolError("x must be 1; got 2", **options))  # type: ignore[arg-type]


def test_a_shown_value_is_cut_and_drives_no_terminal() -> None:
    error = errors.DatatoolError("x must be 1; got '\x1b[31m" + "y" * 9999, file="a\n.txt", hint="run \x9b y")

    assert str(error).isprintable()
    assert len(error.message) == len("x must be 1; got ") + 200
    assert str(error).endswith("... (a\\n.txt). Hint: run \\x9b y.")
