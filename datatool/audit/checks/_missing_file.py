"""E401: the file does not exist."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit.images import measured_as
from datatool.schemas import plural
from datatool.storage import instead_of, neighbour


def _describe(context: Context, count: int) -> tuple[str, str]:
    [(missing, total)] = context.query("SELECT count(*) FILTER (code = 'E401'), count(*) FROM measured")
    [(first,)] = context.query("SELECT arg_min(file, (list::VARCHAR, line)) FROM placed WHERE code = 'E401'")
    drop = context.fix("clean", "--images --drop E401 -o DIR")
    there = instead_of(first)
    if there is not None:
        hint = f"'{there.asked}' is there as '{there.found}', they differ in {there.why}: write names as the files are"
    elif missing < total:
        hint = drop
    elif (near := neighbour(first)) is not None:
        hint = f"the folder {near[0]} is there and holds other files, such as '{near[1]}'"
    else:
        hint = "say where the images lie with --root DIR"
    if missing < total:
        return f"{plural(count, 'row')} of files that do not exist", hint if hint == drop else f"{hint}, or {drop}"
    roots = ", ".join(dict.fromkeys(str(part.root) for part in context.rows.dataset.parts))
    return f"none of the {plural(total, 'file')} exists under {roots}", hint


MISSING_FILE: Final = Check(
    code="E401",
    name="missing-file",
    when="the file does not exist",
    text=(
        "With `--images`: no file lies under root and path. Where none exists at all, the message says so: then the "
        "root is wrong, or the names are. Where the first is there under another spelling (case, Unicode form, "
        "backslashes, an ending that was left out) the hint names it."
    ),
    example="a.jpg 0\ngone.jpg 1\n",
    fix="give the right `--root`, or `datatool clean DATASET --drop E401 -o DIR`.",
    look=Lines(sql=lambda _: measured_as("E401"), describe=_describe),
    needs_images=True,
)
