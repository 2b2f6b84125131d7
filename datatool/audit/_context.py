"""What a check is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from datatool.audit._census import Census
from datatool.audit._options import AuditOptions
from datatool.rows import Rows
from datatool.schemas import CODES, Example, Finding


@dataclass(frozen=True, kw_only=True)
class Context:
    """Rows, their census and the options."""

    rows: Rows
    census: Census
    options: AuditOptions

    def query(self, sql: str, values: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
        """Rows of an SQL query over the tables of `Rows`."""
        found: list[tuple[Any, ...]] = self.rows.connection.execute(sql, list(values)).fetchall()
        return found


Check = Callable[[Context], Finding | None]


def finding(code: str, /, *, count: int, message: str, hint: str = "", examples: Sequence[Example] = ()) -> Finding:
    """A finding with the name and severity of its code."""
    entry = CODES[code]
    return Finding(
        code=code,
        name=entry.name,
        severity=entry.severity,
        count=count,
        message=message,
        hint=hint,
        examples=list(examples),
    )
