"""`failures.yaml` hangs together: what it names exists, and no rule hides another."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.audit import CHECKS
from datatool.explain import Rules, read_rules
from datatool.explain._literals import literals
from datatool.explain._rules import Rule, When

RULES = read_rules()
DOCTOR = {
    "shared-memory-small", "shared-memory-full", "memory-low", "two-paddles", "cpu-paddle-with-gpu",
    "cpu-torch-with-gpu", "cpu-paddle",
}  # fmt: skip
WORDS = {"LIST", "ROOT", "VAL", "CLASS_NUM", "WEIGHTS"}
NO_CODE = {"separator", "E401-all"}


def _groups(rule: Rule) -> set[str]:
    return {name for pattern in rule.patterns for name in re.compile(pattern).groupindex}


def _conditions(rule: Rule) -> list[When]:
    return [cause.when for cause in rule.causes if cause.when is not None]


def test_names_are_unique_and_all_fifty_rows_are_there() -> None:
    names = [rule.name for rule in RULES.failures]
    assert sorted(set(names)) == sorted(names)
    assert set(range(1, 51)) == {row for rule in RULES.failures for row in rule.rows}


@pytest.mark.parametrize("rule", RULES.failures, ids=lambda rule: rule.name)
def test_a_rule_names_only_what_exists(rule: Rule) -> None:
    known = {other.name for other in RULES.failures} | set(RULES.facts)
    assert {name for when in _conditions(rule) for name in (*when.seen, *when.unseen)} <= known
    assert {*rule.after} <= {other.name for other in RULES.failures}
    assert {*rule.unless_later} <= set(RULES.facts)
    compared = {name for when in _conditions(rule) for name in (*when.group, *(when.equal or ()), *(when.above or ()))}
    assert compared <= _groups(rule)


@pytest.mark.parametrize("rule", RULES.failures, ids=lambda rule: rule.name)
def test_a_rule_asks_only_for_what_can_be_looked_at_and_filled_in(rule: Rule) -> None:
    checks = [cause.check for cause in rule.causes if cause.check is not None]
    assert {code for check in checks for code in check.audit} <= {*CHECKS, *NO_CODE}
    assert {note for check in checks for note in check.doctor} <= DOCTOR
    assert {check.path for check in checks if check.path is not None} <= _groups(rule)
    commands = [rule.run, *(cause.run for cause in rule.causes if cause.run is not None)]
    words = {word for command in commands for _, word, _, _ in string.Formatter().parse(command) if word}
    assert {word for word in words if word.upper() not in WORDS} <= _groups(rule)


@pytest.mark.parametrize("pattern", [p for rule in RULES.failures for p in rule.patterns] + [*RULES.facts.values()])
def test_texts_that_pass_over_a_log_are_in_the_pattern(pattern: str) -> None:
    """A pattern without one would be searched in every line of a log."""
    unescaped = pattern.replace("\\", "")
    assert all(text in unescaped for texts in literals(pattern) for text in texts)
    assert all(texts and len(texts[0]) >= 3 for texts in literals(pattern))


_ATOMS = st.sampled_from(["a", "bc", r"\.", r"\d", "[xy]", "(?:p|q)", "e?", "f*", "(?P<n>g+)", ".", "h{2}", "|"])


@given(st.lists(_ATOMS, min_size=1, max_size=8), st.text("abcdefghpqxy.1", max_size=12))
def test_a_text_that_matches_holds_one_of_the_literals(atoms: list[str], text: str) -> None:
    pattern = "".join(atoms)
    if pattern.count("(?P<n>") > 1:
        return
    found = re.search(pattern, text)
    assert found is None or any(all(part in text for part in parts) for parts in literals(pattern))


def test_a_rule_file_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        Rules.model_validate({"facts": {}, "failures": [], "colour": 1})
