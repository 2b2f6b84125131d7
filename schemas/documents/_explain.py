"""What `datatool explain --json` prints."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document
from datatool.schemas.documents._findings import Severity


class ExplainCause(Document):
    """One possible cause."""

    text: str
    verdict: Literal["confirmed", "likely", "possible", "unlikely", "ruled-out"] = Field(
        description="confirmed and ruled-out: by a look at this machine; likely and unlikely: by the log itself."
    )
    found: str = Field(default="", description="What the look at this machine found.")
    run: str = ""


class ExplainMatch(Document):
    """What a rule says of the lines that it matched."""

    rule: str = Field(description="Name of the rule in failures.yaml; unknown-exception where none knows it.")
    kind: Literal["fatal", "catch-all", "silent", "harmless"]
    title: str
    file: str
    line: int = Field(description="1-based, of the first such line.")
    text: str
    count: int = Field(description="Such lines.")
    causes: list[ExplainCause] = Field(description="The most likely first.")
    tell_apart: str = ""
    run: str = Field(default="", description="The command to run next.")


class ExplainFile(Document):
    """One file of the log."""

    file: str
    rank: int | None = Field(description="From the name of the file; null where it says none.")
    lines: int
    cause: str | None = Field(description="The rule that names its own first cause; null where nothing failed.")
    line: int | None


class ExplainTraceback(Document):
    """A traceback that no rule knows."""

    file: str
    line: int = Field(description="1-based, where it begins.")
    lines: list[str]


class ExplainDocument(Document):
    """A log, and what happened in it."""

    schema_: Literal["datatool.explain/1"] = Field(default="datatool.explain/1", alias="schema")
    log: str
    lines: int
    files: list[ExplainFile]
    first_failed: str | None = Field(description="The file whose failure the others followed from.")
    cause: ExplainMatch | None = Field(description="Null where nothing failed that a rule or a traceback tells of.")
    followed: list[ExplainMatch] = Field(description="What came of it.")
    also: list[ExplainMatch] = Field(description="What goes wrong silently beside it.")
    harmless: list[ExplainMatch] = Field(description="What looks alarming and is not.")
    traceback: ExplainTraceback | None
    checked: bool = Field(description="Whether --check looked at this machine.")


class CodeDocument(Document):
    """What the documentation says of a finding."""

    schema_: Literal["datatool.code/1"] = Field(default="datatool.code/1", alias="schema")
    code: str
    name: str
    severity: Severity
    when: str
    text: str = Field(description="Markdown.")
    example: str
    fix: str = Field(description="Markdown.")
    needs_images: bool
