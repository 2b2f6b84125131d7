"""`compare --json`: two runs on the same pictures."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document

Verdict = Literal["better", "worse", "not shown"]


class ComparedRun(Document):
    """One of the two runs."""

    run: str
    step: int = Field(description="Optimizer steps of the checkpoint.")
    weights: Literal["last", "averaged"]
    class_num: int


class PairedFigure(Document):
    """A figure of both runs over the rows of classes that both know; differences are second - first."""

    name: str
    first: float
    second: float
    difference: float
    low: float = Field(description="Lower end of the 95 % interval of the difference.")
    high: float
    p: float | None = Field(default=None, description="Of McNemar's test, mid-p; null where there is none.")
    verdict: Verdict


class PairedClass(PairedFigure):
    """Recall of a class that both runs know; ``p`` is adjusted for the number of classes (Holm 1979)."""

    class_: int = Field(alias="class", description="Its id in the second run.")
    support: int
    only_first: int = Field(description="Rows that only the first run gets right.")
    only_second: int


class NewClass(Document):
    """Recall of a class that only the second run knows, with its exact 95 % interval."""

    class_: int = Field(alias="class")
    name: str
    support: int
    recall: float
    low: float
    high: float


class CheckedRule(Document):
    """A rule of --fail-if, and what of it holds."""

    rule: str
    holds: bool
    because: list[str] = []


class CompareDocument(Document):
    """Two runs, row by row."""

    schema_: Literal["datatool.compare/1"] = Field(default="datatool.compare/1", alias="schema")
    first: ComparedRun
    second: ComparedRun
    dataset: str = Field(description="As it was given.")
    rows: int = Field(description="Of classes that both runs know, read by both.")
    unread: int = Field(description="Rows left out because a picture could not be read.")
    confidence: float
    figures: list[PairedFigure]
    classes: list[PairedClass] = Field(description="That both runs know and that have rows.")
    new: list[NewClass] = Field(description="Classes that only the second run knows and that have rows.")
    new_balanced_accuracy: float | None = Field(description="Mean recall over those; null without any.")
    removed: list[str] = Field(description="Names that only the first run knows.")
    rules: list[CheckedRule] = []
