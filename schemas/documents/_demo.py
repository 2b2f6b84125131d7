"""`demo.json`: what `datatool demo` found."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class DemoClass(Document):
    """One digit: how many training rows it had, and its recall on real test digits in both runs."""

    class_: int = Field(alias="class")
    name: str
    real: int
    synthetic: int
    recall_natural: float
    recall_balanced: float


class DemoResult(Document):
    """One run, tested on real digits only."""

    strategy: str
    top1: float
    balanced_accuracy: float
    rare_recall: float = Field(description="Mean recall of the three rarest classes.")


class DemoDocument(Document):
    """Both runs side by side."""

    schema_: Literal["datatool.demo/1"] = Field(default="datatool.demo/1", alias="schema")
    seed: int
    natural: DemoResult
    balanced: DemoResult
    classes: list[DemoClass] = Field(description="The most frequent class first.")
    page: str = Field(description="The HTML page that shows this.")
    folder: str
    seconds: float
