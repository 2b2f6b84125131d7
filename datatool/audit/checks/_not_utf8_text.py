"""W111: the text is in another encoding than UTF-8."""

from __future__ import annotations

import shlex
from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example, plural


def _find(context: Context) -> Found | None:
    found = context.query("SELECT DISTINCT file, reason FROM notes WHERE code = 'W111' ORDER BY ALL")
    if not found:
        return None
    file, encoding = found[0]
    return Found(
        count=len(found),
        message=f"{plural(len(found), 'file')} not in UTF-8, read all the same: {file} is {encoding}",
        hint=f"iconv -f {encoding} -t UTF-8 {shlex.quote(file)} > new.txt",
        examples=[
            Example(file=file, line=1, reason=f"the text is {encoding}")
            for file, encoding in found[: context.options.max_examples]
        ],
    )


NOT_UTF8_TEXT: Final = Check(
    code="W111",
    name="not-utf-8-text",
    when="a list or table is UTF-16 or UTF-32",
    text=(
        "A list or table is UTF-16, UTF-32 or GB 18030, told by its byte order mark or by its zero bytes: what "
        "spreadsheets write as Unicode text. It is read all the same; other readers of lists fail on it. An encoding "
        "that nothing tells for certain is E106 on each line."
    ),
    example=r"\xfe\xff\x00a\x00.\x00j\x00p\x00g\x00 \x000\x00" + "\n",
    fix="`iconv -f UTF-16 -t UTF-8 list.txt > new.txt`.",
    look=_find,
)
