"""The class shares that `predict --estimate-prior` writes and `--deploy-prior` reads."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class PriorDocument(Document):
    """Class shares estimated from predictions."""

    schema_: Literal["datatool.prior/1"] = Field(default="datatool.prior/1", alias="schema")
    prior: dict[int, float] = Field(description="class -> share where the model is used.")
    train: dict[int, float] = Field(description="class -> share that its logits carry.")
    images: int = Field(description="Images that were read.")
    steps: int = Field(description="Steps of expectation maximisation; 1,000 at most.")
