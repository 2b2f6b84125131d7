"""E107: labels are class names."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example


def labels_are_words(context: Context, /) -> bool:
    """Whether most labels, usable or not, are words."""
    [(labels,)] = context.query("SELECT count(*) FROM faults WHERE code IN ('E102', 'E103', 'E104')")
    return 2 * _num_words(context) > int(labels) + context.census.num_rows


def _num_words(context: Context) -> int:
    [(words,)] = context.query("SELECT count(*) FROM words")
    return int(words)


def _find(context: Context) -> Found | None:
    if not labels_are_words(context):
        return None
    [(kinds, common)] = context.query("SELECT count(DISTINCT word), list(DISTINCT word ORDER BY word)[:3] FROM words")
    limit = context.options.max_examples
    found = context.query(
        "SELECT w.file::VARCHAR, w.line, f.text, w.word FROM words w JOIN faults f ON f.file = w.file::VARCHAR "
        f"AND f.line = w.line ORDER BY ALL LIMIT {limit}"
    )
    shown = ", ".join(f"'{word}'" for word in common)
    return Found(
        count=_num_words(context),
        message=f"most labels are class names ({kinds:,} of them, such as {shown}), not ids",
        hint=context.fix("relabel", "-o DIR"),
        examples=[
            Example(file=file, line=line, text=text, reason=f"label '{word}' is a word")
            for file, line, text, word in found
        ],
    )


LABELS_ARE_NAMES: Final = Check(
    code="E107",
    name="labels-are-names",
    when="most labels are words",
    text="Most labels are words: no slash, no file extension, not numeric. Quotes are taken off.",
    example='"trash40.jpg" "trash"\n"glass1.jpg" "glass"\n',
    fix="`datatool relabel DATASET -o DIR` gives each name an id, one map for all splits.",
    look=_find,
    explains_others=True,
)
