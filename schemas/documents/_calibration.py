"""`calibration.json`: what a run's scores are worth, and from which score on it answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class Calibration(Document):
    """What `datatool predict` does to logits and scores; part of an exported model's meta data."""

    temperature: float = Field(gt=0, description="What logits are divided by; 1 where no fit lowers the loss.")
    prior: dict[int, float] = Field(description="class -> share in use, which scores are of.")
    precision: float | None = Field(default=None, description="That was asked for.")
    threshold: float | None = Field(default=None, description="Least score of an answer; null answers always.")
    coverage: float = Field(default=1.0, description="Share of the held-out rows that are answered.")
    reached: float = Field(description="Share of the answers that are right, on the rows that the threshold is from.")
    reached_low: float = Field(description="What that is at least, with a confidence of 95 %.")
    rows: int = Field(description="Held-out rows that all of this is from.")
    calibration_error_before: float = Field(description="Expected, over 15 bins, at the shares in use.")
    calibration_error_after: float = Field(
        description="The same, each row under a temperature fitted on others; as before where the temperature stays 1."
    )


class CurvePoint(Document):
    """What one threshold would do."""

    threshold: float
    coverage: float
    accuracy: float


class CalibrationDocument(Document):
    """Results of `datatool calibrate`."""

    schema_: Literal["datatool.calibration/1"] = Field(default="datatool.calibration/1", alias="schema")
    weights: str = Field(description="BLAKE2b of the checkpoint's model.safetensors that it is about.")
    step: int
    dataset: str = Field(description="Of the held-out rows, as it was given.")
    prior_from: str = Field(description="Where the shares in use are from.")
    loss_before: float = Field(description="Negative log-likelihood per row, at the shares in use.")
    loss_after: float = Field(description="The same, each row under a temperature fitted on others.")
    unseen: list[str] = Field(description="Classes in use that have no held-out row.")
    curve: list[CurvePoint]
    calibration: Calibration
