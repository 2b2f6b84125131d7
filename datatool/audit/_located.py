"""Checks whose findings are lines of the lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from datatool.audit._context import Context, finding
from datatool.schemas import Example, Finding


@dataclass(frozen=True, kw_only=True)
class Located:
    """A check that is a query for places.

    Attributes:
        code: The finding's code.
        places: Makes a query with the columns file, line, text, reason, and drop: whether the row must go where this
            code is dropped; None where there is nothing to find. Rows that must go but are no fault by themselves
            (the first of two that contradict each other) have reason NULL. It may name ``$rows``.
        describe: Message and hint for a count.
    """

    code: str
    places: Callable[[Context], str | None]
    describe: Callable[[Context, int], tuple[str, str]]

    def __call__(self, context: Context, /) -> Finding | None:
        sql = self.places(context)
        if sql is None:
            return None
        faults = f"({sql}) WHERE reason IS NOT NULL"
        count = sum(rows for (rows,) in context.query(f"SELECT count(*) FROM {faults}"))
        if not count:
            return None
        limit = context.options.max_examples
        found = context.query(
            f"SELECT file::VARCHAR, line, text, reason FROM {faults} ORDER BY file, line LIMIT {limit}"
        )
        examples = [
            Example(file=file, line=line, text=text, reason=reason) for file, line, text, reason in found[:limit]
        ]
        message, hint = self.describe(context, count)
        return finding(self.code, count=count, message=message, hint=hint, examples=examples)
