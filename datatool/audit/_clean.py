"""Rows fit to train on, or an error that says why not."""

from __future__ import annotations

from typing import Final, NamedTuple

from datatool.audit._audit import open_context, run_checks
from datatool.audit._census import CellRows, Keeper, count_cells
from datatool.audit._context import Context
from datatool.audit._options import AuditOptions
from datatool.audit.checks import CHECKS
from datatool.rows import Rows
from datatool.schemas import FindingsError

# Errors of lines, ids and labels. Images are not opened for this, and how splits and sources mix is for `audit` to say.
_STOPPING: Final = [check for code, check in CHECKS.items() if code[0] == "E" and code[1] in "123"]


class Clean(NamedTuple):
    """What `require_clean` found.

    Attributes:
        left_out: Lines and rows that are not there.
        cells: The others: split -> class -> source -> rows, classes ascending.
    """

    left_out: int
    cells: CellRows


def require_clean(
    rows: Rows, /, *, skip_faulty: bool = False, allow_outside_root: bool = False, keeper: Keeper | None = None
) -> Clean:
    """Stop where E1xx to E3xx findings make the rows unfit to train on.

    Rows that lie in no table yet are looked at in a pass, which puts them into none.

    Args:
        rows: Read and changed in place with ``skip_faulty``.
        skip_faulty: Delete those rows instead.
        allow_outside_root: Accept absolute paths and `..`.
        keeper: Sees every row while rows are counted, faulty ones too.

    Raises:
        FindingsError: On the first finding that stops; with ``skip_faulty`` only where no row is left.
    """
    if skip_faulty:
        rows.read()
    context = open_context(rows, options=AuditOptions(allow_outside_root=allow_outside_root), keeper=keeper)
    if skip_faulty:
        return _drop(context)
    findings = run_checks(context, _STOPPING)
    if not findings:
        [(left_out,)] = context.query("SELECT count(*) FROM faults")
        return Clean(int(left_out), context.census.cells)
    first = findings[0]
    example = first.examples[0] if first.examples else None
    raise FindingsError(
        f"rows must be free of {first.code} {first.name}; got {first.message}",
        file=example.file if example else None,
        line=example.line if example else None,
        hint=f"see all with datatool audit {rows.dataset.command}, or leave those rows out with --skip-faulty",
    )


def _drop(context: Context) -> Clean:
    connection = context.rows.read()
    [(faults,)] = connection.execute("SELECT count(*) FROM faults").fetchall()
    left_out = faults
    for check in _STOPPING:
        sql = check.lines(context) if check.names_rows else None  # the other lines gave no row to begin with
        if sql is not None:
            places = f"SELECT file::VARCHAR, line FROM ({sql.replace('$rows', 'rows')}) WHERE drop"
            [(deleted,)] = connection.execute(f"DELETE FROM rows WHERE (file::VARCHAR, line) IN ({places})").fetchall()
            left_out += deleted
    cells = context.census.cells if left_out == faults else count_cells(context.rows)
    if not cells:
        raise FindingsError(
            f"rows must be left when faulty ones are left out; got none (E105) after {left_out:,}",
            hint=f"see why with datatool audit {context.rows.dataset.command}",
        )
    return Clean(int(left_out), cells)
