"""What `datatool suspects` found, and what people decided about it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class LabelErrors(Document):
    """How many labels are wrong, from labels that were made wrong on purpose."""

    estimate: int
    upper: int = Field(description="95 % upper bound, if real errors are no harder to find than planted ones.")


class SuspectClass(Document):
    """One class."""

    class_: int = Field(alias="class")
    name: str | None = None
    rows: int
    suspects: int = Field(description="Rows of it with code I801.")
    domain_auc: float | None = Field(
        default=None, description="How well its synthetic and its real rows can be told apart; 0.5 is not at all."
    )
    domain_low: float | None = Field(default=None, description="Lower 95 % limit of domain_auc.")


class SuspectsDocument(Document):
    """`suspects.json`."""

    schema_: Literal["datatool.suspects/1"] = Field(default="datatool.suspects/1", alias="schema")
    rows: int = Field(description="Rows whose picture could be read.")
    unreadable: int = 0
    backbone: str
    label_errors: LabelErrors | None = Field(description="Null where labels cannot be judged; `notes` say why.")
    planted_recall: float | None = Field(
        default=None, description="Share of the labels made wrong on purpose that the first 5 % of the ranking hold."
    )
    counts: dict[str, int] = Field(description="Code -> rows.")
    classes: list[SuspectClass]
    notes: list[str] = Field(default=[], description="What was not judged, and why.")


class Decision(Document):
    """What a person decided about one picture."""

    digest: str = Field(pattern="^[0-9a-f]{32}$", description="BLAKE2b-128 of the bytes of the image.")
    path: str
    file: str = ""
    line: int | None = None
    old_class: Annotated[int, Field(ge=0)]
    action: Literal["keep", "drop", "relabel"]
    new_class: Annotated[int, Field(ge=0)] | None = Field(default=None, description="With relabel.")
    who: str = ""
    when: str = Field(default="", description="ISO 8601.")


class DecisionsDocument(Document):
    """`decisions.json`, which `clean` and `relabel` apply."""

    schema_: Literal["datatool.decisions/1"] = Field(default="datatool.decisions/1", alias="schema")
    decisions: list[Decision]
