"""E101 to E104, E106: lines that give no row."""

from __future__ import annotations

from datatool.audit._context import Check, Context, finding
from datatool.schemas import Example, Finding

_MESSAGES = {
    "E101": "{count:,} line{s} without a path or without a label",
    "E102": "{count:,} label{s} not an integer",
    "E103": "{count:,} label{s} below 0",
    "E104": "{count:,} label{s} above 2147483647",
    "E106": "{count:,} line{s} not UTF-8",
}


def line_fault(code: str, hint: str, /) -> Check:
    """The check that reports the faults of one code."""

    def check(context: Context) -> Finding | None:
        [(count,)] = context.query("SELECT count(*) FROM faults WHERE code = ?", [code])
        if not count:
            return None
        examples = context.query(
            "SELECT file, line, text, reason FROM faults WHERE code = ? ORDER BY ALL LIMIT ?",
            [code, context.options.max_examples],
        )
        return finding(
            code,
            count=count,
            message=_MESSAGES[code].format(count=count, s="" if count == 1 else "s"),
            hint=hint,
            examples=[Example(file=f, line=line, text=t, reason=r) for f, line, t, r in examples],
        )

    return check
