"""Patterns mean what `fnmatch` means by them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import example, given, settings
from hypothesis import strategies as st

from datatool.rows._glob import regex_of

PATTERNS = st.text("ab/.*?[]!-^\\é", max_size=8)


@settings(max_examples=300, deadline=None)
@given(pattern=PATTERNS, text=st.text("ab/.[]!-^\\é", max_size=6))
@example(pattern="synth/*", text="synth/a/b.jpg")
@example(pattern="[!a]?", text="bb")
@example(pattern="[]a]", text="]")
@example(pattern="[b-a]", text="b")
def test_a_pattern_matches_in_the_database_what_fnmatch_matches(pattern: str, text: str) -> None:
    import duckdb

    sql = "SELECT regexp_full_match($text, $regex, 's')"
    [(found,)] = duckdb.execute(sql, {"text": text, "regex": regex_of(pattern)}).fetchall()
    assert found == fnmatchcase(text, pattern)
