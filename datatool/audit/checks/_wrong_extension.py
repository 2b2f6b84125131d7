"""W404: the content is another format than the extension says."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.images import FORMATS
from datatool.schemas import plural


def _places(_: Context) -> str:
    pairs = ", ".join(f"('{ending}', '{each.name}')" for each in FORMATS.values() for ending in each.endings)
    return f"""
        SELECT list AS file, line, path || ' ' || label AS text, 'the content is ' || format AS reason, true AS drop
        FROM placed JOIN (VALUES {pairs}) AS known(ending, named)
            ON lower(regexp_extract(path, '[.]([^./]+)$', 1)) = ending
        WHERE format IS NOT NULL AND format <> named"""


def _describe(_: Context, count: int) -> tuple[str, str]:
    return (
        f"{plural(count, 'row')} of files whose content is another format than their name says",
        "rename them: some readers choose the decoder by the name",
    )


WRONG_EXTENSION: Final = Check(
    code="W404",
    name="wrong-extension",
    when="the content is another format",
    text=(
        "With `--images`: the content is of another format than the name says. Extensions that name no format are "
        "left alone."
    ),
    example="d.png 2        (the content is a JPEG)\n",
    fix="rename the file; readers that choose the decoder by name fail on it.",
    look=Lines(sql=_places, describe=_describe),
    needs_images=True,
)
