"""What `datatool diff --json` prints: how one state of a data set became another."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document

DiffKey = Literal["place", "content", "path"]


class DiffSide(Document):
    """One of the two states."""

    given: str = Field(description="As it was named.")
    kind: Literal["dataset", "plan", "run"]
    rows: int
    digests: int = Field(description="Of these, rows whose picture's digest is known.")
    splits: dict[str, int]
    class_num: int
    fingerprint: str | None = Field(default=None, description="Of a plan, and of a run's plan.")


class DiffPlace(Document):
    """A row on one side."""

    path: str
    split: str
    label: int | None = Field(description="Class id; null where the label is a name without an id.")
    name: str | None = Field(description="Class name; null where there is none.")
    source: str
    file: str = ""
    line: int | None = None


class DiffRow(Document):
    """A row that changed: `old` is null where it was added, `new` where it was removed."""

    old: DiffPlace | None
    new: DiffPlace | None


class DiffClass(Document):
    """A class on both sides; numbers are null where a side does not have it."""

    name: str = Field(description="Its name; the id where it has none.")
    old_id: int | None
    new_id: int | None
    old_rows: int
    new_rows: int
    old_share: float = Field(description="Of the rows of train, or of the only split.")
    new_share: float


class DiffQuota(Document):
    """Draws of a cell in epoch 0 of two plans, where they differ."""

    name: str
    source: str
    old: int | None
    new: int | None


class DiffSetting(Document):
    """A setting of two plans or runs that differs; a value is its JSON text, null where a side has none."""

    key: str
    old: str | None
    new: str | None


class DiffDocument(Document):
    """Two states compared row by row."""

    schema_: Literal["datatool.diff/1"] = Field(default="datatool.diff/1", alias="schema")
    old: DiffSide
    new: DiffSide
    equal: bool
    matched_by: list[DiffKey] = Field(description="What rows were recognised by.")
    unchanged: int = Field(description="Rows of which nothing changed.")
    counts: dict[str, int] = Field(
        description="added, removed, renamed, moved, relabelled, source and bytes -> rows; a row may count in several."
    )
    rows: dict[str, list[DiffRow]] = Field(description="The same -> the first rows, 1,000 at most.")
    classes: list[DiffClass] = Field(description="Every class of either side.")
    quotas: list[DiffQuota] = Field(default=[], description="Between two plans or runs.")
    settings: list[DiffSetting] = Field(default=[], description="Between two plans or runs.")
    notes: list[str] = Field(default=[], description="What could not be compared.")
