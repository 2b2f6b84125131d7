"""I109: BOM, line ends, blank lines, blanks and mixed separators."""

from __future__ import annotations

from datatool.audit._context import Context, finding
from datatool.schemas import Example, Finding


def untidy(context: Context, /) -> Finding | None:
    """Report what was read without harm, but other readers trip over."""
    found = context.query(
        "SELECT file, line, text, reason, count FROM notes WHERE code = 'I109' ORDER BY count DESC, file, line"
    )
    if not found:
        return None
    counts: dict[str, int] = {}
    for _, _, _, reason, count in found:
        counts[reason] = counts.get(reason, 0) + count
    return finding(
        "I109",
        count=sum(counts.values()),
        message=", ".join(f"{reason}: {count:,}" for reason, count in counts.items()),
        hint=context.fix("clean", "-o DIR") + " writes tidy lists",
        examples=[
            Example(file=file, line=line, text=text, reason=f"{reason}: {count:,}, the first here")
            for file, line, text, reason, count in found[: context.options.max_examples]
        ],
    )
