"""Patterns mean what `fnmatch` means by them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import example, given, settings
from hypothesis import strategies as st

from datatool.rows._glob import match_sql, regex_of

PATTERNS = st.text("ab/.*?[]!-^\\é", max_size=8)


@settings(max_examples=300, deadline=None)
@given(pattern=PATTERNS, text=st.text("ab/.[]!-^\\é", max_size=6))
@example(pattern="synth/*", text="synth/a/b.jpg")
@example(pattern="[!a]?", text="bb")
@example(pattern="[]a]", text="]")
@example(pattern="[b-a]", text="b")
@example(pattern="*a'b_*", text="/a'b_/")
@example(pattern="*_%", text="a")
@example(pattern="a\n*", text="a\nb")
def test_a_pattern_matches_in_the_database_what_fnmatch_matches(pattern: str, text: str) -> None:
    import duckdb

    sql = f"SELECT {match_sql('$text', pattern)}, regexp_full_match($text, $regex, 's')"
    [found] = duckdb.execute(sql, {"text": text, "regex": regex_of(pattern)}).fetchall()
    assert found == (fnmatchcase(text, pattern),) * 2
