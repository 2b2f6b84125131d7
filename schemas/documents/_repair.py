"""What `relabel`, `clean` and `split` write beside lists: the map of a relabelling, and their results as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class RelabelMap(Document):
    """`map.json`: old labels to dense ids, the same for all splits, and back."""

    schema_: Literal["datatool.map/1"] = Field(default="datatool.map/1", alias="schema")
    labels: Literal["ids", "names"] = Field(description="What the old labels were.")
    class_num: int
    map: dict[str, int] = Field(description="Old id or name -> new id.")
    inverse: dict[int, int | str] = Field(description="New id -> old id or name.")


class AppliedDecisions(Document):
    """What a command did with the decisions of people."""

    rows: int = Field(description="Rows that a decision was carried out on.")
    left: dict[str, int] = Field(description="Action -> decisions that this command does not carry out.")
    not_found: int = Field(description="Decisions on pictures that the data set does not have.")
    num_conflicts: int
    conflicts: list[str] = Field(description="Sentences; nothing is done where decisions or classes contradict.")


class RepairDocument(Document):
    """What a repair did, as `--json` prints it."""

    schema_: Literal["datatool.repair/1"] = Field(default="datatool.repair/1", alias="schema")
    command: Literal["relabel", "clean", "split"]
    out: str
    rows: int = Field(description="Rows written.")
    rejected: dict[str, int] = Field(default={}, description="Code -> lines and rows left out.")
    splits: dict[str, int] = Field(description="Split -> rows written.")
    class_num: int
    decisions: AppliedDecisions | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Only with `--decisions`."
    )
