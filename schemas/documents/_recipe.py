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
    Strict,
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
from datatool.schemas._url import is_url
from datatool.schemas.documents._base import Document


def _folder_name(name: str) -> str:
    if not name or name in (".", "..") or any(sign in name for sign in "/\\\0"):
        raise ValueError("a run's name is that of one folder in global.output")
    return name


def _local_folder(place: str) -> str:
    if is_url(place):
        raise ValueError("runs are written to this machine; copy them to a bucket with the store's own tool")
    return place


class _Section(Document):
    """Numbers of a recipe are finite."""

    model_config = ConfigDict(allow_inf_nan=False)


class GlobalSection(_Section):
    """Seed, device and where runs are written."""

    seed: NonNegativeInt = Field(default=0, description="Decides heads, order, crops and every other draw.")
    device: str = Field(default="auto", pattern=r"^(auto|cpu|gpu(:\d+)?)$", description="auto, cpu, gpu or gpu:N.")
    output: Annotated[str, AfterValidator(_local_folder)] = Field(
        default="runs", description="Folder of runs, relative to the recipe."
    )


class ModelSection(_Section):
    """Backbone, weights, head and what is frozen."""

    backbone: str = Field(
        default="paddle.vision:resnet18", description="PLACE:NAME; the last linear layer becomes the head."
    )
    pretrained: str | None = Field(
        default=None, description="A file of weights, or default: the framework's own for the backbone."
    )
    head: Literal["new", "keep", "grow", "grow-hold"] = Field(
        default="new", description="grow keeps the old rows; grow-hold also holds them fixed."
    )
    bottleneck: PositiveInt | None = Field(
        default=None, description="Width of a layer before the head, for very many classes."
    )
    class_num: PositiveInt | None = Field(default=None, description="Outputs, if more than the plan's largest id + 1.")
    freeze: str | list[str] = Field(
        default="none", description="none, backbone, until:PATTERN, or a list of name patterns."
    )
    acnet: StrictBool = Field(default=False, description="3x3 convolutions get ACNet's branches; export folds them.")


class DataSection(_Section):
    """Plan or data set, transform and loader."""

    train: str = Field(default="train.plan", description="A plan folder, or a DATASET with data.strategy.")
    strategy: str | None = Field(default=None, description="For a DATASET; with a plan it is the plan's own.")
    weights: str = Field(default="none", description="With strategy: as datatool balance --weights.")
    epoch_size: PositiveInt | None = Field(default=None, description="With strategy: as datatool balance --epoch-size.")
    synthetic_share: float | None = Field(
        default=None, ge=0, le=1, description="With strategy: as datatool balance --synthetic-share; 0 is real only."
    )
    val: str | None = Field(default=None, description="DATASET to choose by: best checkpoint, early stop.")
    test: str | None = Field(default=None, description="DATASET that is scored once, at the end of a run.")
    image_size: PositiveInt = Field(
        default=IMAGE_SIZE, description="Height and width of a picture in a batch, in pixels."
    )
    batch_size: PositiveInt = Field(default=32, description="Rows of a batch on each device.")
    augment: str = Field(
        default=AUGMENT, description="Changes of training pictures, joined by +, such as crop-flip+jitter; none."
    )
    views: PositiveInt | None = Field(
        default=None,
        description="Fixed augmentations of each picture that draws take in turn; null draws anew each time.",
    )
    engine: EngineName = Field(
        default="auto", description="What decodes: dali where there is a GPU and DALI, else threads."
    )
    num_threads: PositiveInt | None = Field(
        default=None, description="Loader threads of a process; null is as many as CPUs may be used."
    )
    io_threads: PositiveInt = Field(default=IO_THREADS, description="Objects of a store that are asked for at once.")
    storage_cache: str | None = Field(default=None, description="Folder on a local disk where objects are kept.")
    storage_cache_bytes: PositiveInt | None = Field(default=None, description="Its size; null is half of the free.")
    cache: Literal["auto"] | NonNegativeInt | None = Field(
        default="auto", description="Decoded pictures kept in memory, in MiB; auto is a quarter of what is free."
    )
    mean: Triple = Field(
        default=IMAGENET_MEAN, description="Of each channel (red, green, blue), as a fraction of full scale; taken off."
    )
    std: Triple = Field(default=IMAGENET_STD, description="Of each channel; divided by.")
    eval_resize: PositiveInt | None = Field(
        default=256, description="Short side before the central crop; null squeezes the whole picture."
    )
    interpolation: Interpolation = Field(default=INTERPOLATION, description="How pictures are shrunk.")
    names: str | None = Field(default=None, description="Names file, `id name` per line, for classes without a name.")


class LossSection(_Section):
    """Cross-entropy and what is added to it."""

    name: Literal["ce"] = Field(default="ce", description="Cross-entropy; the other keys are added to it.")
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="Share of a label that is spread over all classes."
    )
    focal: NonNegativeFloat | None = Field(default=None, description="Gamma of the focal loss.")
    ohem: float | None = Field(default=None, gt=0, le=1, description="Share of a batch, its hardest rows, that counts.")
    logit_adjust: NonNegativeFloat | None = Field(
        default=None, description="Tau: logits are raised by tau x log of the plan's prior in training."
    )
    ldam: NonNegativeFloat | None = Field(default=None, description="Largest margin of LDAM, that of the rarest class.")


class OptimizerSection(_Section):
    """Optimizer and learning-rate schedule."""

    name: Literal["momentum", "sgd", "adam", "adamw"] = Field(default="momentum", description="The rule of the step.")
    lr: PositiveFloat = Field(default=0.01, description="Learning rate after the warm-up.")
    weight_decay: NonNegativeFloat = Field(default=1e-4, description="Pull of weights towards zero.")
    schedule: Literal["cosine", "constant", "step"] = Field(
        default="cosine", description="How the learning rate falls over a stage."
    )
    warmup_epochs: NonNegativeFloat = Field(
        default=0, description="Epochs, fractions too, in which the rate rises from 0."
    )
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

    name: Annotated[str, AfterValidator(_folder_name)] | None = Field(
        default=None, description="Folder of the run; null is the recipe's name."
    )
    trainer: str = Field(
        default="paddle", description="paddle, torch, or a name in the entry-point group datatool.trainers."
    )
    epochs: PositiveInt = Field(default=10, description="Of a stage.")
    feature_cache: Literal["auto", "on", "off"] | Annotated[PositiveInt, Strict()] = Field(
        default="auto",
        description="Outputs of a frozen prefix kept on disk; auto is where that saves work, an integer is on, in MiB.",
    )
    checkpoint_every: PositiveInt | None = Field(
        default=None, description="Optimizer steps between checkpoints; null is every epoch."
    )
    keep: PositiveInt = Field(default=3, description="Newest checkpoints that stay, beside the best.")
    early_stop: PositiveInt | None = Field(
        default=None, description="Stop a stage after so many evaluations without a better balanced accuracy."
    )
    trackers: list[str] = Field(default=[], description="Beside metrics.jsonl: visualdl, or a registered name.")
    stages: list[dict[str, dict[str, Any]]] = Field(
        default=[], description="Parts of a run, each with sections over those of the recipe."
    )


class DistillSection(_Section):
    """A trained run whose softened outputs are learned too; nothing without a teacher."""

    teacher: str | None = Field(default=None, description="A run folder.")
    weight: float = Field(default=0.5, gt=0, le=1, description="Share of the teacher in the loss.")
    temperature: PositiveFloat = Field(default=4.0, description="Divides the logits of both before they are compared.")


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
