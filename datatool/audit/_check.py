"""A check: one finding code, and everything that the program and its pages say about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from datatool.audit._context import Context
from datatool.schemas import Example, Finding, Severity

MAX_TEXT: Final = 300  # characters of a line in an example; findings.parquet has it whole
_SEVERITY: Final[dict[str, Severity]] = {"E": "error", "W": "warning", "I": "info"}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a look at the data set found: the part of a `Finding` that its code does not settle."""

    count: int
    message: str
    hint: str = ""
    examples: Sequence[Example] = ()


Look = Callable[[Context], Found | None]


@dataclass(frozen=True, kw_only=True)
class Lines:
    """A look that is a query for lines: `findings.parquet` then has every one, and `clean` can drop them.

    Attributes:
        sql: Makes a query with the columns file, line, text, reason, and drop: whether the row must go where this
            code is dropped; None where there is nothing to find. Rows that must go but are no fault by themselves
            (the first of two that contradict each other) have reason NULL. It may name ``$rows``. A check with a
            gallery gives two columns more: ``image``, a file to show, and ``other``, the file it is compared with.
        describe: Message and hint for a count.
        of_rows: Whether the lines gave rows; False for lines that could not be read as one.
    """

    sql: Callable[[Context], str | None]
    describe: Callable[[Context, int], tuple[str, str]]
    of_rows: bool = True

    def __call__(self, context: Context, /) -> Found | None:
        sql = self.sql(context)
        if sql is None:
            return None
        faults = f"({sql}) WHERE reason IS NOT NULL"
        count = sum(rows for (rows,) in context.query(f"SELECT count(*) FROM {faults}"))
        if not count:
            return None
        limit = context.options.max_examples
        found = context.query(
            f"SELECT file::VARCHAR, line, text, reason FROM {faults} ORDER BY file, line LIMIT {limit}"
        )
        examples = [
            Example(file=file, line=line, text=text, reason=reason) for file, line, text, reason in found[:limit]
        ]
        message, hint = self.describe(context, count)
        return Found(count=count, message=message, hint=hint, examples=examples)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One finding code. The table of codes, `clean --drop`, the galleries and docs/audit.md follow from its fields.

    Attributes:
        code: Stable; the first letter is the severity.
        name: Stable too, in words.
        when: The condition in a few words, for tables and messages.
        text: What it means, in Markdown: whole sentences, for docs/audit.md.
        example: List text that has the finding. ``val.txt:`` on a line begins another split, ``classes.txt:`` a file of
            names beside it, ``folder:`` the files of class folders instead, ``before:`` the list
            of an earlier audit, and ``(3 times)`` behind a line repeats it
            with a running number in place of ``#``.
        fix: What to do about it, in Markdown, as it follows "Fix: ".
        look: How it is found.
        example_options: Options of `datatool audit` that the example needs.
        needs_images: Whether only the files themselves can show it; it is then silent unless images are read.
        gallery: Heading over its pictures in `report.html`; None where there is nothing to see.
        needs_suspects: Whether `datatool suspects` finds it, so that the audit must be given what that wrote; such rows
            go by decision alone, never by code.
        explains_others: Whether it stands before the other findings of its severity, being their cause.
    """

    code: str
    name: str
    when: str
    text: str
    example: str
    fix: str
    look: Look
    example_options: str = ""
    needs_images: bool = False
    gallery: str | None = None
    explains_others: bool = False
    needs_suspects: bool = False

    @property
    def severity(self) -> Severity:
        """What the first letter of the code stands for."""
        return _SEVERITY[self.code[0]]

    @property
    def names_lines(self) -> bool:
        """Whether the finding names lines, which `clean --drop` can then leave out."""
        return isinstance(self.look, Lines)

    @property
    def names_rows(self) -> bool:
        """Whether the lines it names gave rows."""
        return isinstance(self.look, Lines) and self.look.of_rows

    def run(self, context: Context, /) -> Finding | None:
        """Look, and say what was found."""
        found = self.look(context) if self._can_look(context) else None
        if found is None:
            return None
        return Finding(
            code=self.code,
            name=self.name,
            severity=self.severity,
            count=found.count,
            message=found.message,
            hint=found.hint,
            examples=[_short(example) for example in found.examples],
        )

    def lines(self, context: Context, /) -> str | None:
        """The query for its lines, see `Lines`; None where it names none or there is nothing to find."""
        return self.look.sql(context) if isinstance(self.look, Lines) and self._can_look(context) else None

    def _can_look(self, context: Context) -> bool:
        if self.needs_suspects and context.options.suspects is None:
            return False
        return context.options.images or not self.needs_images


def _short(example: Example) -> Example:
    if max(len(example.text), len(example.reason)) <= MAX_TEXT:
        return example
    return example.model_copy(update={"text": example.text[:MAX_TEXT], "reason": example.reason[:MAX_TEXT]})
