"""What `datatool advise` says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document

Verdict = Literal["better", "worse", "no difference", "cannot tell"]


class AdviseClass(Document):
    """One class, and its recall under each way."""

    class_: int = Field(alias="class")
    name: str | None = None
    rows: int = Field(description="Real rows, which are what is scored.")
    synthetic: int = 0
    recall: dict[str, float] | None = Field(description="Way -> recall; null under 5 real rows.")


class AdviseWay(Document):
    """One way to train, beside `natural`."""

    name: str
    value: float = Field(description="Of the objective, out of fold.")
    value_of_large: float | None = Field(
        default=None, description="The same without classes under 5 real rows; null where there are none."
    )
    gain: float = Field(description="Over natural, a fraction of 1.")
    low: float = Field(description="Of the gain; nominal 90 % for all ways together.")
    high: float
    verdict: Verdict
    trained: bool = Field(description="False where it follows from natural's logits.")


class AdviseSynthetic(Document):
    """The share of synthetic rows to use, decided by real rows."""

    share: float = Field(description="Of each class's draws; 0 is none.")
    gain: float = Field(description="Over real rows alone.")
    low: float
    high: float
    tried: dict[str, float] = Field(description="Share -> gain over none.")
    parents: Literal["column", "pattern", "hash", "none"] = Field(description="How parents were found.")
    num_parents: int = Field(description="Synthetic rows with a parent.")


class AdviseGrowth(Document):
    """What more pictures of every class would give."""

    factor: int
    value: float = Field(description="Macro recall now, out of fold.")
    gain: float
    error: float = Field(description="What such a prediction is off by.")


class AdviseDocument(Document):
    """`advise.json`."""

    schema_: Literal["datatool.advise/1"] = Field(default="datatool.advise/1", alias="schema")
    objective: str
    rows: int
    classes: list[AdviseClass]
    backbone: str | None = Field(description="Null where nothing was trained.")
    trainer: str | None
    folds: int
    repeats: int
    ways: list[AdviseWay]
    same: list[list[str]] = Field(description="Ways that are one thing under several names.")
    recommended: str | None = Field(description="Null: no difference, or nothing to decide.")
    reason: str
    command: str | None = Field(description="The balance line.")
    synthetic: AdviseSynthetic | None
    growth: AdviseGrowth | None
    refused: list[str]
