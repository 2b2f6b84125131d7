"""A log to its document: scanned, told, and where asked checked against this machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from datatool.explain._causes import Ranked, ranked
from datatool.explain._lines import blocks
from datatool.explain._logs import logs_of
from datatool.explain._ranks import Told, first_failed
from datatool.explain._rules import Rules, read_rules
from datatool.explain._scan import scan
from datatool.explain._story import Event, tell
from datatool.explain.checks import Looked, Place, look
from datatool.schemas import (
    ExplainCause,
    ExplainDocument,
    ExplainFile,
    ExplainMatch,
    ExplainTraceback,
    escaped,
    shown,
)

Verdict = Literal["confirmed", "likely", "possible", "unlikely", "ruled-out"]
UNKNOWN: Final = "unknown-exception"
_VERDICTS: Final = ("confirmed", "likely", "possible", "unlikely", "ruled-out")
_WORD: Final = re.compile(r"\{(\w+)\}")
_STAND_IN: Final = {"CLASS_NUM": "N"}


def explain(
    log: str | Path,
    /,
    *,
    check: bool = False,
    folder: Path | None = None,
    named: Mapping[str, str] | None = None,
    rules: Rules | None = None,
) -> ExplainDocument:
    """Say what happened in a log.

    Args:
        log: A file, plain or gzip, a folder of `workerlog.N`, or ``-`` for standard input.
        check: Look at this machine, and at the files that the log names, to tell causes apart.
        folder: The working directory of the run, which paths of the log are relative to; default: the current one.
        named: LIST, ROOT, VAL, CLASS_NUM or WEIGHTS, in place of what the log says.
        rules: What is looked for; default: `failures.yaml`.

    Raises:
        DatasetError: If there is no such log, or it cannot be read.
    """
    rules = read_rules() if rules is None else rules
    told = []
    for one in logs_of(str(log)):
        found = scan(blocks(one.file), rules)
        told.append(Told(log=one, scan=found, story=tell(found, rules)))
    first = first_failed(told)
    writer = _Writer(first, folder or Path.cwd(), named or {}, check=check)
    story, traceback = first.story, first.story.traceback
    return ExplainDocument(
        log=str(log),
        lines=sum(one.scan.num_lines for one in told),
        files=[_file(one) for one in told],
        first_failed=None if story.cause is None else first.log.file,
        cause=None if story.cause is None else writer.match(story.cause),
        followed=[writer.brief(event) for event in story.followed],
        also=[writer.match(event) for event in story.also],
        harmless=[writer.match(event) for event in story.harmless],
        traceback=None
        if traceback is None
        else ExplainTraceback(
            file=first.log.file, line=traceback.first_line, lines=[escaped(line) for line in traceback.lines]
        ),
        checked=check,
    )


def _file(one: Told) -> ExplainFile:
    cause = one.story.cause
    name = None if cause is None else UNKNOWN if cause.rule is None else cause.rule.name
    return ExplainFile(
        file=one.log.file,
        rank=one.log.rank,
        lines=one.scan.num_lines,
        cause=name,
        line=None if cause is None else cause.line,
    )


def _settled(one: Ranked, looked: Looked | None) -> Verdict:
    """What the log and a look say together; no look makes true what the log speaks against."""
    if looked is None or looked.verdict is None or (one.verdict == "unlikely" and looked.verdict == "confirmed"):
        return one.verdict
    return looked.verdict


class _Writer:
    """Events of one file as the document has them."""

    def __init__(self, told: Told, folder: Path, named: Mapping[str, str], *, check: bool) -> None:
        self._told = told
        self._folder = folder
        self._named = {**told.scan.settings.named(), **named}
        self._check = check
        self._places: dict[str, Place] = {}

    def match(self, event: Event) -> ExplainMatch:
        """An event with its causes."""
        if event.rule is None or event.matched is None:
            return self._unknown(event)
        place = Place(self._folder, self._named, event.matched.first.groups)
        causes = [self._cause(one, place) for one in ranked(event.rule, event.matched, self._told.scan)]
        causes.sort(key=lambda cause: _VERDICTS.index(cause.verdict))
        run = causes[0].run or self._fill(event.rule.run, place)
        return self._brief(event).model_copy(update={"causes": causes, "tell_apart": event.rule.tell_apart, "run": run})

    def brief(self, event: Event) -> ExplainMatch:
        """An event without its causes: another one caused it."""
        return self._unknown(event) if event.rule is None else self._brief(event)

    def _brief(self, event: Event) -> ExplainMatch:
        assert event.rule is not None
        assert event.matched is not None
        return ExplainMatch(
            rule=event.rule.name,
            kind=event.rule.kind,
            title=event.rule.title,
            file=self._told.log.file,
            line=event.line,
            text=event.matched.first.text,
            count=event.matched.count,
            causes=[],
        )

    def _cause(self, one: Ranked, place: Place) -> ExplainCause:
        looked = look(one.cause.check, place) if self._check and one.cause.check is not None else None
        return ExplainCause(
            text=one.cause.text,
            verdict=_settled(one, looked),
            found="" if looked is None else escaped(looked.found),
            run="" if one.cause.run is None else self._fill(one.cause.run, place),
        )

    def _fill(self, command: str, place: Place) -> str:
        """A command with the names that the log gives; a word in capitals stands for what it does not."""

        def word(found: re.Match[str]) -> str:
            name = found[1]
            value = place.groups.get(name) or place.named.get(name.upper())
            return _STAND_IN.get(name.upper(), name.upper()) if value is None else shlex.quote(value)

        return escaped(_WORD.sub(word, command))

    def _unknown(self, event: Event) -> ExplainMatch:
        assert event.traceback is not None
        return ExplainMatch(
            rule=UNKNOWN,
            kind="fatal",
            title="An exception that no rule knows.",
            file=self._told.log.file,
            line=event.line,
            text=shown(event.traceback.exception),
            count=1,
            causes=[],
        )
