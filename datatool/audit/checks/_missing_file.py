"""E401: the file does not exist."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context, plural
from datatool.audit.images import measured_as


def _describe(context: Context, count: int) -> tuple[str, str]:
    [(missing, total)] = context.query("SELECT count(*) FILTER (code = 'E401'), count(*) FROM measured")
    if missing == total:
        roots = ", ".join(dict.fromkeys(str(part.root) for part in context.rows.dataset.parts))
        return f"none of the {plural(total, 'file')} exists under {roots}", "say where the images lie with --root DIR"
    return f"{plural(count, 'row')} of files that do not exist", context.fix("clean", "--images --drop E401 -o DIR")


MISSING_FILE: Final = Check(
    code="E401",
    name="missing-file",
    when="the file does not exist",
    text=(
        "With `--images`: no file lies under root and path. Where none exists at all, the message says so: then it is "
        "the root that is wrong."
    ),
    example="a.jpg 0\ngone.jpg 1\n",
    fix="give the right `--root`, or `datatool clean DATASET --drop E401 -o DIR`.",
    look=Lines(sql=lambda _: measured_as("E401"), describe=_describe),
    needs_images=True,
)
