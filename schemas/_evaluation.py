"""`eval.json`: how a run does on a list it did not train on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas._base import Document


class ClassMetrics(Document):
    """Recall and precision of one class; null where they are undefined."""

    class_: int = Field(alias="class")
    name: str
    support: int
    recall: float | None
    precision: float | None


class SourceMetrics(Document):
    """Accuracy over the rows of one source."""

    source: str
    support: int
    top1: float


class TrainCell(Document):
    """Mean loss of the training rows of one (class, source); what `balance --feedback` reads."""

    class_: int = Field(alias="class")
    source: str
    rows: int
    loss: float


class EvalDocument(Document):
    """Results of `evaluate` and of the end of `train`."""

    schema_: Literal["datatool.eval/1"] = Field(default="datatool.eval/1", alias="schema")
    top1: float
    balanced_accuracy: float = Field(description="Mean recall over classes with rows.")
    per_class: list[ClassMetrics]
    per_source: list[SourceMetrics]
    confusion: list[list[int]] = Field(description="Rows are true classes, columns are predicted ones.")
    train_cells: list[TrainCell] = []
