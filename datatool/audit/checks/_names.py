"""E107: labels are class names."""

from __future__ import annotations

from datatool.audit._context import Context, finding
from datatool.schemas import Example, Finding


def labels_are_names(context: Context, /) -> Finding | None:
    """Report lists in which most labels are words: no slash, no file extension, not a number."""
    [(words,)] = context.query("SELECT count(*) FROM words")
    [(labels,)] = context.query("SELECT count(*) FROM faults WHERE code IN ('E102', 'E103', 'E104')")
    if 2 * words <= labels + context.census.num_rows:
        return None
    [(kinds, common)] = context.query("SELECT count(DISTINCT word), list(DISTINCT word ORDER BY word)[:3] FROM words")
    limit = context.options.max_examples
    found = context.query(
        "SELECT w.file::VARCHAR, w.line, f.text, w.word FROM words w JOIN faults f ON f.file = w.file::VARCHAR "
        f"AND f.line = w.line ORDER BY ALL LIMIT {limit}"
    )
    shown = ", ".join(f"'{word}'" for word in common)
    return finding(
        "E107",
        count=words,
        message=f"most labels are class names ({kinds:,} of them, such as {shown}), not ids",
        hint=context.fix("relabel", "-o DIR"),
        examples=[
            Example(file=file, line=line, text=text, reason=f"label '{word}' is a word")
            for file, line, text, word in found
        ],
    )
