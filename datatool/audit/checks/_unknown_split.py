"""W112: rows whose split is none of train, val and test."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.schemas import plural


def _describe(context: Context, count: int) -> tuple[str, str]:
    found = context.query(
        "SELECT reason, count(*) FROM faults WHERE code = 'W112' GROUP BY reason ORDER BY 2 DESC, 1 LIMIT 3"
    )
    kinds = ", ".join(f"{reason}: {rows:,}" for reason, rows in found)
    return (
        f"{plural(count, 'row')} left out, since the split column says neither train, val nor test ({kinds})",
        context.fix("clean", "--drop W112 -o DIR"),
    )


UNKNOWN_SPLIT: Final = Check(
    code="W112",
    name="unknown-split",
    when="the split column has another value",
    text=(
        "A `split` column of a table says which rows are train (`train`, `training`), val (`val`, `valid`, "
        "`validation`, `dev`) and test (`test`, `testing`), in any case. Rows with another value, or with none, are "
        "left out and counted."
    ),
    example="path,label,split\na.jpg,0,train\nb.jpg,0,fold3\n",
    fix=(
        "write one of these values, or `datatool clean DATASET --drop W112 -o DIR` to leave the rows out for good; "
        "`--split-column NAME` names another column."
    ),
    look=Lines(
        sql=lambda _: "SELECT file, line, text, reason, true AS drop FROM faults WHERE code = 'W112'",
        describe=_describe,
        of_rows=False,
    ),
)
