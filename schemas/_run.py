"""What a run folder holds besides weights: `state.json` of a checkpoint and lines of `metrics.jsonl`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from datatool.schemas._base import Document


class Transform(Document):
    """How an image becomes the model's input; saved with the weights so that nothing is retyped."""

    image_size: int
    eval_resize: int
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class RunState(Document):
    """`state.json`: everything beside tensors that resuming and exporting need."""

    schema_: Literal["datatool.run/1"] = Field(default="datatool.run/1", alias="schema")
    step: int = Field(description="Optimizer steps done.")
    stage: int
    epoch: int
    class_num: int
    names: list[str]
    transform: Transform
    loader: dict[str, Any] = Field(description="BalancedLoader.state_dict()")
    metrics: dict[str, float] = {}
    finished: bool = False


class MetricsLine(Document):
    """One line of `metrics.jsonl`."""

    stage: int
    epoch: int
    step: int
    lr: float
    loss: float
    images_per_second: float
    eval: dict[str, float] | None = None
