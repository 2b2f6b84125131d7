"""What a person reads of a log and of a finding's code."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from datatool.schemas import CodeDocument, ExplainCause, ExplainDocument, ExplainMatch

_WIDTH: Final = 80
_SHOWN_LINES: Final = 12  # of a traceback: its last frames and the exception
_MARKS: Final = {
    "confirmed": "confirmed here",
    "likely": "the log speaks for it",
    "possible": "",
    "unlikely": "the log speaks against it",
    "ruled-out": "ruled out here",
}


def log_text(document: ExplainDocument, /) -> str:
    """The cause first, then what followed from it."""
    return "\n".join(_log_lines(document))


def code_text(code: CodeDocument, /) -> str:
    """What a code means, an example, and what to do."""
    head = f"{code.code} {code.name} ({code.severity}{', needs --images' if code.needs_images else ''}): {code.when}"
    example = textwrap.indent(code.example.rstrip("\n"), "    ")
    shown = [f"For example:\n\n{example}"] if example else []
    return "\n\n".join([_wrapped(head), _wrapped(code.text), *shown, _wrapped(f"Fix: {code.fix}")])


def _log_lines(document: ExplainDocument) -> Iterator[str]:
    if len(document.files) > 1:
        yield from _file_lines(document)
    if document.cause is None:
        yield _wrapped(
            f"{document.log}: nothing that a rule knows as a failure, and no traceback, in {_lines(document.lines)}."
        )
    else:
        yield from _cause_lines(document, document.cause)
    if document.traceback is not None:
        yield from _traceback_lines(document)
    yield from _rest("What followed", document.followed)
    for match in document.also:
        yield ""
        yield from _match_lines("Also", match)
    yield from _rest("Looks alarming and is not", document.harmless)


def _cause_lines(document: ExplainDocument, cause: ExplainMatch) -> Iterator[str]:
    if not cause.causes:
        yield _wrapped(f"No rule knows what happened ({cause.file}:{cause.line}):")
        yield _quoted(cause.text)
        return
    yield from _match_lines("Cause", cause)
    if document.checked:
        yield _wrapped(f"What remains: {_remaining(cause)}", indent="  ")


def _remaining(cause: ExplainMatch) -> str:
    """What is confirmed; where nothing is, what neither the log nor a look speaks against."""
    confirmed = [one.text for one in cause.causes if one.verdict == "confirmed"]
    open_ones = [one.text for one in cause.causes if one.verdict in ("likely", "possible")]
    return " Or: ".join(confirmed or open_ones) or "none of these."


def _match_lines(head: str, match: ExplainMatch) -> Iterator[str]:
    times = "" if match.count == 1 else f", {match.count:,} lines like it"
    yield _wrapped(f"{head}: {match.title}")
    yield f"  {match.rule} ({match.file}:{match.line}{times})"
    yield _quoted(match.text)
    for number, cause in enumerate(match.causes, 1):
        yield _cause_line(number, cause)
    unchecked = dict.fromkeys(cause.found for cause in match.causes if cause.found and not _is_settled(cause))
    yield from (_wrapped(f"Not checked: {found}.", indent="  ") for found in unchecked)
    if match.tell_apart and len(match.causes) > 1:
        yield _wrapped(f"Tell apart: {match.tell_apart}", indent="  ")
    if match.run:
        yield f"  Run: {match.run}"


def _cause_line(number: int, cause: ExplainCause) -> str:
    said = "; ".join(part for part in (_MARKS[cause.verdict], cause.found if _is_settled(cause) else "") if part)
    return _wrapped(f"{number}. {cause.text}{f' ({said})' if said else ''}", indent="  ", hang="     ")


def _is_settled(cause: ExplainCause) -> bool:
    return cause.verdict in ("confirmed", "ruled-out")


def _quoted(line: str) -> str:
    return _wrapped(line, indent="    ", hang="      ")


def _traceback_lines(document: ExplainDocument) -> Iterator[str]:
    assert document.traceback is not None
    yield ""
    yield f"The first traceback ({document.traceback.file}:{document.traceback.line}):"
    lines = document.traceback.lines
    left_out = max(0, len(lines) - _SHOWN_LINES)
    if left_out:
        yield f"    ... {left_out} lines above"
    yield from (f"    {line}" for line in lines[left_out:])


def _file_lines(document: ExplainDocument) -> Iterator[str]:
    for file in document.files:
        rank = "" if file.rank is None else f"rank {file.rank}: "
        said = "nothing failed" if file.cause is None else f"{file.cause} at line {file.line}"
        first = "  <- failed first" if file.file == document.first_failed else ""
        yield f"  {rank}{file.file}: {_lines(file.lines)}, {said}{first}"
    yield ""


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


def _rest(head: str, matches: list[ExplainMatch]) -> Iterator[str]:
    if not matches:
        return
    yield ""
    yield f"{head}:"
    for match in matches:
        times = "" if match.count == 1 else f", {match.count:,} times"
        yield _wrapped(f"{match.rule} ({match.file}:{match.line}{times}): {match.title}", indent="  ", hang="    ")


def _wrapped(text: str, *, indent: str = "", hang: str | None = None) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hang is None else hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
