"""E101 to E104 and E106: lines that give no row. The readers name them; one query per code finds them again."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.checks._labels_are_names import labels_are_words
from datatool.schemas import plural

_SQL: Final = "SELECT file, line, text, reason, true AS drop FROM faults WHERE code = '{code}'"

_REVERSED: Final = r"^\s*-?[0-9]+[\s,]+\S.*\.[A-Za-z]{3,4}\s*$"  # `0 a.jpg`


def _not_integers(context: Context, count: int) -> tuple[str, str]:
    """Words are mapped and reversed columns turned round; only what is left over is dropped."""
    [(reverse,)] = context.query(
        f"SELECT count(*) FROM faults WHERE code = 'E102' AND regexp_matches(text, '{_REVERSED}')"
    )
    hint = context.fix("clean", "--drop E102 -o DIR")
    if labels_are_words(context):
        hint = context.fix("relabel", "-o DIR")
    elif 2 * reverse > count:
        hint = (
            r"the columns are the wrong way round; sed -E 's/^\s*(-?[0-9]+)[ \t,]+(.*)$/\2 \1/' LIST > NEW turns them"
        )
    return f"{plural(count, 'label')} that no integer can be read from", hint


def _lines(code: str, noun: str, rest: str) -> Lines:
    """The lines of one code; ``noun`` and ``rest`` make the message behind their number."""

    def describe(context: Context, count: int) -> tuple[str, str]:
        return f"{plural(count, noun)} {rest}", context.fix("clean", f"--drop {code} -o DIR")

    return Lines(sql=lambda _: _SQL.format(code=code), describe=describe, of_rows=False)


LINE_FAULTS: Final = (
    Check(
        code="E101",
        name="malformed-line",
        when="no label, or no path",
        text="A line without a label, or without a path. A NUL byte or a carriage return inside a line counts too.",
        example="a.jpg 0\nb.jpg\n",
        fix=(
            "write the missing half, or `datatool clean DATASET --drop E101 -o DIR` to leave the lines out. A "
            "detection list has no label at the end of a line: it needs its own tools."
        ),
        look=_lines("E101", "line", "without a path or without a label"),
    ),
    Check(
        code="E102",
        name="label-not-integer",
        when="the label is not -?[0-9]+",
        text=(
            "The label is not `-?[0-9]+`: a word, `1.0`, several ids, or a path. Two paths on a line are a "
            "segmentation list (image and mask), several ids a multi-label or detection list; the reason says so."
        ),
        example="a.jpg 0\nb.jpg 1.0\nc.jpg mask.png\n",
        fix="write class ids; for words see E107.",
        look=Lines(sql=lambda _: _SQL.format(code="E102"), describe=_not_integers, of_rows=False),
    ),
    Check(
        code="E103",
        name="label-negative",
        when="the label is below 0",
        text="Some losses ignore a negative label without a word, others read the last class for it.",
        example="a.jpg 0\nb.jpg -1\n",
        fix="number classes from 0, or `datatool clean DATASET --drop E103 -o DIR`.",
        look=_lines("E103", "label", "below 0; class ids start at 0"),
    ),
    Check(
        code="E104",
        name="label-too-large",
        when="the label is above 2^31-1",
        text="The label is above 2147483647, where readers that hold labels in 32 bits wrap around.",
        example="a.jpg 0\nb.jpg 3000000000\n",
        fix=(
            "this is a typing mistake or a hash; `datatool relabel DATASET -o DIR` makes ids dense once it is mended "
            "or dropped."
        ),
        look=_lines("E104", "label", "above 2147483647, more than int32 holds"),
    ),
    Check(
        code="E106",
        name="not-utf8",
        when="the line is not UTF-8",
        text="The line is not UTF-8, often GBK or Latin-1; UTF-16 is read (W111).",
        example="a.jpg 0\ncaf\\xe9.jpg 0\n",
        fix="`iconv -f GBK -t UTF-8 list.txt > new.txt`.",
        look=_lines("E106", "line", "that UTF-8 cannot decode"),
    ),
)
