"""The recipe of `datatool train`: six sections and `distill`, every key with its default."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    StrictBool,
)

from datatool.schemas._defaults import (
    AUGMENT,
    IMAGE_SIZE,
    IMAGENET_MEAN,
    IMAGENET_STD,
    INTERPOLATION,
    IO_THREADS,
    EngineName,
    Interpolation,
    Triple,
)
from datatool.schemas.documents._base import Document


def _folder_name(name: str) -> str:
    if not name or name in (".", "..") or any(sign in name for sign in "/\\\0"):
        raise ValueError("a run's name is that of one folder in global.output")
    return name


class _Section(Document):
    """Numbers of a recipe are finite."""

    model_config = ConfigDict(allow_inf_nan=False)


class GlobalSection(_Section):
    """Seed, device and where runs are written."""

    seed: NonNegativeInt = 0
    device: str = Field(default="auto", pattern=r"^(auto|cpu|gpu(:\d+)?)$")
    output: str = "runs"


class ModelSection(_Section):
    """Backbone, weights, head and what is frozen."""

    backbone: str = "paddle.vision:resnet18"
    pretrained: str | None = None
    head: Literal["new", "keep", "grow", "grow-hold"] = Field(
        default="new", description="grow keeps the old rows; grow-hold also holds them fixed."
    )
    bottleneck: PositiveInt | None = None
    class_num: PositiveInt | None = None
    freeze: str | list[str] = "none"
    acnet: StrictBool = Field(default=False, description="3x3 convolutions get ACNet's branches; export folds them.")


class DataSection(_Section):
    """Plan or data set, transform and loader."""

    train: str = "train.plan"
    strategy: str | None = Field(default=None, description="For a DATASET; with a plan it is the plan's own.")
    weights: str = Field(default="none", description="With strategy: as datatool balance --weights.")
    epoch_size: PositiveInt | None = Field(default=None, description="With strategy: as datatool balance --epoch-size.")
    synthetic_share: float | None = Field(
        default=None, ge=0, le=1, description="With strategy: as datatool balance --synthetic-share; 0 is real only."
    )
    val: str | None = Field(default=None, description="DATASET to choose by: best checkpoint, early stop.")
    test: str | None = Field(default=None, description="DATASET that is scored once, at the end of a run.")
    image_size: PositiveInt = IMAGE_SIZE
    batch_size: PositiveInt = 32
    augment: str = AUGMENT
    views: PositiveInt | None = None
    engine: EngineName = "auto"
    num_threads: PositiveInt | None = None
    io_threads: PositiveInt = Field(default=IO_THREADS, description="Objects asked for at once.")
    cache: Literal["auto"] | NonNegativeInt | None = "auto"
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD
    eval_resize: PositiveInt | None = Field(
        default=256, description="Short side before the central crop; null squeezes the whole picture."
    )
    interpolation: Interpolation = INTERPOLATION
    names: str | None = Field(default=None, description="Names file, `id name` per line, for classes without a name.")


class LossSection(_Section):
    """Cross-entropy and what is added to it."""

    name: Literal["ce"] = "ce"
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    focal: NonNegativeFloat | None = None
    ohem: float | None = Field(default=None, gt=0, le=1)
    logit_adjust: NonNegativeFloat | None = None
    ldam: NonNegativeFloat | None = None


class OptimizerSection(_Section):
    """Optimizer and learning-rate schedule."""

    name: Literal["momentum", "sgd", "adam", "adamw"] = "momentum"
    lr: PositiveFloat = 0.01
    weight_decay: NonNegativeFloat = 1e-4
    schedule: Literal["cosine", "constant", "step"] = "cosine"
    warmup_epochs: NonNegativeFloat = 0
    amp: StrictBool = Field(default=False, description="Mixed precision: forward in bfloat16, weights in float32.")
    layer_decay: float | None = Field(
        default=None, gt=0, le=1, description="Rate of a block = lr x layer_decay^(blocks between it and the head)."
    )
    accumulate: PositiveInt = Field(
        default=1, description="Parts of data.batch_size rows whose gradients a process adds up for one step."
    )
    ema: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Decay of a moving average of the weights, which is what is evaluated, saved and exported.",
    )


class RunSection(_Section):
    """Name, length, checkpoints and stages."""

    name: Annotated[str, AfterValidator(_folder_name)] | None = None
    trainer: str = "paddle"
    epochs: PositiveInt = 10
    feature_cache: Literal["auto", "off"] | PositiveInt = Field(
        default="auto", description="Outputs of a frozen prefix kept on disk; an integer is the budget in MiB."
    )
    checkpoint_every: PositiveInt | None = None
    keep: PositiveInt = 3
    early_stop: PositiveInt | None = Field(
        default=None, description="Stop a stage after so many evaluations without a better balanced accuracy."
    )
    trackers: list[str] = Field(default=[], description="Beside metrics.jsonl: visualdl, or a registered name.")
    stages: list[dict[str, dict[str, Any]]] = []


class DistillSection(_Section):
    """A trained run whose softened outputs are learned too; nothing without a teacher."""

    teacher: str | None = Field(default=None, description="A run folder.")
    weight: float = Field(default=0.5, gt=0, le=1, description="Share of the teacher in the loss.")
    temperature: PositiveFloat = 4.0


class Recipe(Document):
    """A training run, complete: the same recipe and data give the same weights on CPU."""

    global_: GlobalSection = Field(default=GlobalSection(), alias="global")
    model: ModelSection = ModelSection()
    data: DataSection = DataSection()
    loss: LossSection = LossSection()
    optimizer: OptimizerSection = OptimizerSection()
    run: RunSection = RunSection()
    distill: DistillSection = DistillSection()

    @property
    def step_rows(self) -> int:
        """Rows that a process takes for one optimizer step."""
        return self.data.batch_size * self.optimizer.accumulate
