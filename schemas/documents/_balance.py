"""What `datatool balance --json` prints: the plan in numbers, what it costs, and advice."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, JsonValue

from datatool.schemas.documents._base import Document
from datatool.schemas.documents._plan import PlanStats
from datatool.schemas.documents._plan_cells import CellColumns


class Repeats(Document):
    """How many rows are drawn how often in epoch 0."""

    low: int = Field(description="Least draws of these rows.")
    high: int = Field(description="Most draws of these rows.")
    rows: int


class Advice(Document):
    """A remark with the numbers that triggered it, and commands that would act on it."""

    rule: str = Field(description="`Q4.1 rule 1`, `repeats` and so on.")
    code: str | None = Field(default=None, description="The finding code it belongs to.")
    label: int | None = Field(
        default=None, validation_alias=AliasChoices("label", "class"), serialization_alias="class"
    )
    message: str
    numbers: dict[str, float] = {}
    options: list[str] = Field(default=[], description="Remedies as options of `datatool balance`; none is taken.")


class BalanceDocument(Document):
    """Before, after, cost and advice of one plan."""

    schema_: Literal["datatool.balance/1"] = Field(default="datatool.balance/1", alias="schema")
    plan: str | None = Field(description="The folder that was written; null with `--dry-run`.")
    fingerprint: str | None
    strategy: dict[str, JsonValue]
    seed: int
    class_num: int
    num_rows: int
    epoch_size: int
    cells: CellColumns = Field(description="Before: `rows`. After: `quota` and `weight`.")
    prior: dict[int, float]
    stats: PlanStats
    seen_share: float = Field(description="Share of the rows drawn at least once in epoch 0.")
    decodes: int = Field(description="Images decoded in an epoch without a cache.")
    decodes_per_row: float = Field(description="The same, divided by the rows.")
    repeats: list[Repeats]
    notes: list[str] = Field(description="What was asked for and could not be met.")
    advice: list[Advice]
