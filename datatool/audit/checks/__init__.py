"""One check per file, in the order of their codes."""

from __future__ import annotations

from datatool.audit._context import Check
from datatool.audit.checks._empty import empty
from datatool.audit.checks._line_faults import line_fault

CHECKS: tuple[Check, ...] = (
    line_fault("E101", "write `path label` on each line"),
    line_fault("E102", "write class ids"),
    line_fault("E103", "number classes from 0"),
    line_fault("E104", "number classes from 0"),
    empty,
    line_fault("E106", "convert the list to UTF-8"),
)
"""Every check that looks at rows only."""

__all__ = ["CHECKS"]
