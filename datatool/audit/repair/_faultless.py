"""Lines that gave no row are never lost silently."""

from __future__ import annotations

from typing import Any

from datatool.rows import Rows
from datatool.schemas import FindingsError


def require_no_faults(rows: Rows, /, *, but: frozenset[str] = frozenset()) -> None:
    """Refuse a data set with lines that cannot be carried over.

    Args:
        rows: The data set.
        but: Codes of lines that the caller takes care of.

    Raises:
        FindingsError: Naming the first such line.
    """
    found: list[tuple[Any, ...]] = (
        rows.read()
        .execute(
            "SELECT code, file::VARCHAR, line, reason, count(*) OVER () FROM faults "
            "WHERE NOT list_contains(?, code) ORDER BY file, line LIMIT 1",
            [sorted(but)],
        )
        .fetchall()
    )
    if found:
        [(code, file, line, reason, count)] = found
        raise FindingsError(
            f"every line must give a row; got {count:,} that do not, the first {code}: {reason}",
            file=file,
            line=line,
            hint=f"leave them out with datatool clean {rows.dataset.command} --drop {','.join(_codes(rows))} -o DIR",
        )


def _codes(rows: Rows) -> list[str]:
    return [code for (code,) in rows.read().execute("SELECT DISTINCT code FROM faults ORDER BY 1").fetchall()]
