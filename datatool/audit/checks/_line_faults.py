"""E101 to E104 and E106: lines that give no row."""

from __future__ import annotations

from typing import Final

from datatool.audit._context import Context, plural
from datatool.audit._located import Located

_SAID: Final = {
    "E101": ("line", "without a path or without a label"),
    "E102": ("label", "that no integer can be read from"),
    "E103": ("label", "below 0; class ids start at 0"),
    "E104": ("label", "above 2147483647, more than int32 holds"),
    "E106": ("line", "that UTF-8 cannot decode"),
}


def line_fault(code: str, /) -> Located:
    """The check that reports the faults of one code."""

    def describe(context: Context, count: int) -> tuple[str, str]:
        noun, rest = _SAID[code]
        return f"{plural(count, noun)} {rest}", context.fix("clean", f"--drop {code} -o DIR")

    sql = f"SELECT file, line, text, reason, true AS drop FROM faults WHERE code = '{code}'"
    return Located(code=code, places=lambda _: sql, describe=describe)
