"""Rows fit to train on, or an error that says why not."""

from __future__ import annotations

from typing import Final

from datatool.audit._audit import open_context, run_checks
from datatool.audit._context import Context
from datatool.audit._options import AuditOptions
from datatool.audit.checks import CHECKS
from datatool.rows import Rows
from datatool.schemas import FindingsError

# Errors of lines, ids and labels. Images are not opened for this, and how splits and sources mix is for `audit` to say.
_STOPPING: Final = [check for code, check in CHECKS.items() if code[0] == "E" and code[1] in "123"]


def require_clean(rows: Rows, /, *, skip_faulty: bool = False, allow_outside_root: bool = False) -> int:
    """Stop where E1xx to E3xx findings make the rows unfit to train on.

    Args:
        rows: Changed in place with ``skip_faulty``.
        skip_faulty: Delete those rows instead.
        allow_outside_root: Accept absolute paths and `..`.

    Returns:
        How many lines and rows were left out.

    Raises:
        FindingsError: On the first finding that stops; with ``skip_faulty`` only where no row is left.
    """
    rows.read()  # the rows are needed anyway, so they are read once
    context = open_context(rows, options=AuditOptions(allow_outside_root=allow_outside_root))
    if skip_faulty:
        return _drop(context)
    findings = run_checks(context, _STOPPING)
    if not findings:
        [(left_out,)] = context.query("SELECT count(*) FROM faults")
        return int(left_out)
    first = findings[0]
    example = first.examples[0] if first.examples else None
    raise FindingsError(
        f"rows must be free of {first.code} {first.name}; got {first.message}",
        file=example.file if example else None,
        line=example.line if example else None,
        hint=f"see all with datatool audit {rows.dataset.command}, or leave those rows out with --skip-faulty",
    )


def _drop(context: Context) -> int:
    connection = context.rows.read()
    [(left_out,)] = connection.execute("SELECT count(*) FROM faults").fetchall()
    for check in _STOPPING:
        sql = check.lines(context) if check.names_rows else None  # the other lines gave no row to begin with
        if sql is not None:
            places = f"SELECT file::VARCHAR, line FROM ({sql.replace('$rows', 'rows')}) WHERE drop"
            [(deleted,)] = connection.execute(f"DELETE FROM rows WHERE (file::VARCHAR, line) IN ({places})").fetchall()
            left_out += deleted
    [(kept,)] = connection.execute("SELECT count(*) FROM rows").fetchall()
    if not kept:
        raise FindingsError(
            f"rows must be left when faulty ones are left out; got none (E105) after {left_out:,}",
            hint=f"see why with datatool audit {context.rows.dataset.command}",
        )
    return int(left_out)
