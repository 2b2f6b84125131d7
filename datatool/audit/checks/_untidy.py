"""I109: BOM, line ends, blank lines, blanks and mixed separators."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example


def _find(context: Context) -> Found | None:
    found = context.query(
        "SELECT file, line, text, reason, count FROM notes WHERE code = 'I109' ORDER BY count DESC, file, line"
    )
    if not found:
        return None
    counts: dict[str, int] = {}
    for _, _, _, reason, count in found:
        counts[reason] = counts.get(reason, 0) + count
    return Found(
        count=sum(counts.values()),
        message=", ".join(f"{reason}: {count:,}" for reason, count in counts.items()),
        hint=context.fix("clean", "-o DIR") + " writes tidy lists",
        examples=[
            Example(file=file, line=line, text=text, reason=f"{reason}: {count:,}, the first here")
            for file, line, text, reason, count in found[: context.options.max_examples]
        ],
    )


UNTIDY: Final = Check(
    code="I109",
    name="untidy",
    when="BOM, CRLF, blank lines, trailing blanks or mixed separators",
    text=(
        "A byte order mark, CRLF line ends, blank lines, blanks at the ends of a line, several separators: read "
        "without harm here, but other readers trip over them. Counted by kind, with the first place of each. "
        "Images beside class folders, which have no class, are counted here too; so are labels that a program wrote as "
        "decimals (`3.0`), and with `--images` paths without an ending that a file with one was found for."
    ),
    example="a.jpg 0\n\nb.jpg 0\n",
    fix="`datatool clean DATASET -o DIR` writes tidy lists.",
    look=_find,
)
