"""`eval.json`: how a run does on a list it did not train on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class ClassMetrics(Document):
    """Recall and precision of one class; null where they are undefined."""

    class_: int = Field(alias="class")
    name: str
    support: int
    recall: float | None
    precision: float | None


class SourceMetrics(Document):
    """Accuracy, recall and precision over the rows of one source."""

    source: str
    support: int
    top1: float
    balanced_accuracy: float | None = None
    per_class: dict[int, float] = Field(default={}, description="class -> recall over this source's rows.")
    precision: dict[int, float] = Field(
        default={}, description="class -> share of this source's rows predicted as it that are; predicted classes only."
    )


class SliceMetrics(Document):
    """Accuracy over the rows that have one value in a column of the list."""

    column: str
    value: str = Field(description="Empty where the column is.")
    support: int
    top1: float
    low: float = Field(description="Of top1: the lower end of its exact 95 % interval (Clopper and Pearson).")
    high: float
    balanced_accuracy: float = Field(description="Mean recall over the classes that have rows in the slice.")
    classes: int = Field(description="How many those are.")
    per_class: dict[int, float] = Field(default={}, description="class -> recall over the rows of the slice.")


class Mistake(Document):
    """A picture that a class was not seen in."""

    path: str = Field(description="Where it was read: its root and its path, joined.")
    loss: float = Field(description="Cross-entropy: minus the log of the probability of the true class.")
    score: float = Field(description="Probability of the predicted class.")


class ConfusedPair(Document):
    """Rows of one class that were taken for another."""

    class_: int = Field(alias="class", description="The true class.")
    predicted: int
    images: int
    worst: list[Mistake] = Field(description="Those with the largest losses.")


class TrainCell(Document):
    """Mean loss of the training rows of one (class, source); what `balance --feedback` reads."""

    class_: int = Field(alias="class")
    source: str
    rows: int
    loss: float


class EvalDocument(Document):
    """Results of `evaluate` and of the end of `train`."""

    schema_: Literal["datatool.eval/1"] = Field(default="datatool.eval/1", alias="schema")
    split: Literal["val", "test", "list"] | None = Field(
        default=None, description="data.val, data.test, or a list given to datatool evaluate."
    )
    dataset: str | None = Field(default=None, description="As the recipe or the option has it.")
    step: int | None = Field(default=None, description="Optimizer steps that the weights have had.")
    weights: Literal["last", "averaged"] = Field(
        default="last", description="As the last step left them, or their moving average (optimizer.ema)."
    )
    top1: float
    balanced_accuracy: float = Field(description="Mean recall over classes with rows.")
    calibration_error: float | None = Field(default=None, description="Expected calibration error over 15 bins.")
    corrected_top1: float | None = Field(
        default=None,
        description="After the log of the prior that the logits carry was taken out of them: an exact shift, and the "
        "prediction for equally likely classes where the model is calibrated.",
    )
    corrected_balanced_accuracy: float | None = None
    per_class: list[ClassMetrics]
    per_source: list[SourceMetrics]
    slices: list[SliceMetrics] = Field(default=[], description="One for each value of each column of --by.")
    confusion: list[list[int]] = Field(description="Rows are true classes, columns are predicted ones.")
    confused: list[ConfusedPair] = Field(default=[], description="The pairs of classes most often confused.")
    train_cells: list[TrainCell] = []
