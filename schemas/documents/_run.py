"""What a run folder holds besides weights: `state.json` of a checkpoint and lines of `metrics.jsonl`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class Transform(Document):
    """How an image becomes the model's input; saved with the weights so that nothing is retyped."""

    image_size: int
    eval_resize: int | None = Field(
        description="Short side before the central crop; null: the whole picture, squeezed."
    )
    interpolation: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class StageData(Document):
    """What a stage trains on; a resumed run has to have the same."""

    plan: str = Field(description="Fingerprint of its plan.")
    total_batch: int = Field(description="batch_size x processes.")
    steps: int = Field(description="Per epoch.")


class RunState(Document):
    """`state.json`: everything beside tensors that resuming and exporting need."""

    schema_: Literal["datatool.run/1"] = Field(default="datatool.run/1", alias="schema")
    step: int = Field(description="Optimizer steps done.")
    stage: int = Field(description="The stage to go on with.")
    epoch: int = Field(description="The epoch of it to go on with.")
    epoch_step: int = Field(default=0, description="Steps done of that epoch.")
    class_num: int
    names: list[str]
    base: str = Field(
        default="../..", description="Folder that the recipe's paths are relative to, from the run folder."
    )
    prior: dict[int, float] = Field(default={}, description="class -> share of the last epoch trained, as in the plan.")
    logit_prior: dict[int, float] = Field(
        default={}, description="class -> share that the logits carry after weights and adjustment; empty is prior."
    )
    transform: Transform
    stages: list[StageData] = Field(default=[], description="One for each stage of the run.")
    loader: dict[str, Any] = Field(description="BalancedLoader.state_dict()")
    progress: dict[str, list[float]] = Field(default={}, description="Sums of the unfinished epoch.")
    trainer: dict[str, Any] = Field(default={}, description="What the trainer keeps beside tensors.")
    files: dict[str, str] = Field(
        default={}, description="BLAKE2b of the tensor files, to recognise a torn checkpoint."
    )
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


class RunDevice(Document):
    """Where a run computes."""

    name: str = Field(description="As the framework names it: cpu, gpu:0.")
    gpus: list[str] = Field(description="Names of the GPUs of this machine, where it computes on one.")
    cpus: float = Field(description="CPUs that the process may use.")
    processes: int


class RunPlan(Document):
    """What a stage draws from."""

    stage: int
    fingerprint: str
    content_digest: str | None = Field(description="Of its pictures, see plan.json; null where they are not known.")


class RunSession(Document):
    """One call of `datatool train`."""

    started: str = Field(description="ISO 8601, UTC.")
    versions: dict[str, str] = Field(description="Python and the packages that are installed.")
    commit: str | None = Field(description='Of the recipe\'s folder in git, "+" where files were changed; else null.')
    device: RunDevice
    command: str | None = Field(default=None, description="The command line; null where a program called the library.")


class RunFeatureCache(Document):
    """Whether a stage was to train on cached features, and the pictures through its frozen layers either way."""

    stage: int
    used: bool = Field(description="Unless the layers cannot be cut off, or there is no room.")
    passes: int = Field(description="With the cache.")
    passes_without: int


class RunInfo(Document):
    """`run.json`: what a run was begun with, and each time that it was continued."""

    schema_: Literal["datatool.run-info/1"] = Field(default="datatool.run-info/1", alias="schema")
    versions: dict[str, str]
    commit: str | None
    device: RunDevice
    plans: list[RunPlan]
    sessions: list[RunSession]
    feature_caches: list[RunFeatureCache] = Field(default=[], description="Of the stages that could have one.")
