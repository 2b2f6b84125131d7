"""Looked at before the first step, so that nothing small is found out after an hour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from datatool.errors import ConfigError
from datatool.machine import SharedMemory, gpus, shared_memory
from datatool.models import check_pretrained
from datatool.pipelines import parse_augment
from datatool.runs import StageRecipe, read_run_recipe
from datatool.schemas import Plan
from datatool.trainers import ModuleTrainer, Trainer

# Model keys that decide the architecture: a later stage goes on with the model it finds.
_ARCHITECTURE: Final = ("model.backbone", "model.bottleneck", "model.class_num", "model.pretrained", "model.acnet")


def check_stages(stages: Sequence[StageRecipe], /, *, val: str | None, test: str | None, base: Path) -> None:
    """Whether each stage can begin where the one before it ends.

    Args:
        stages: Of the run.
        val: `data.val` of the recipe itself.
        test: `data.test` of the recipe itself.
        base: Folder of the recipe.

    Raises:
        ConfigError: Naming the stage and its key.
    """
    for index, stage in enumerate(stages):
        data = stage.recipe.data
        parse_augment(data.augment)
        for key, own, whole in (("val", data.val, val), ("test", data.test, test)):
            if own != whole:
                raise ConfigError(
                    f"a run must have one list to evaluate on; run.stages.{index} gives data.{key} {own!r}, "
                    f"the recipe {whole!r}",
                    hint=f"give data.{key} outside the stages",
                )
        if stage.recipe.loss.ohem is not None and stage.recipe.optimizer.accumulate > 1:
            raise ConfigError(
                "loss.ohem must choose among all rows of a step at once; got optimizer.accumulate "
                f"{stage.recipe.optimizer.accumulate}",
                hint="leave one of the two out",
            )
        if stage.recipe.distill.teacher is not None:
            read_run_recipe(base / stage.recipe.distill.teacher)
    grown = stages[0].recipe.model.head in ("grow", "grow-hold")
    for index, stage in enumerate(stages[1:], 1):
        for key in _ARCHITECTURE:
            if key in stage.own:
                raise ConfigError(f"a later stage must keep the model; run.stages.{index} gives '{key}'")
        if "model.head" in stage.own:
            _check_head(index, stage.recipe.model.head, grown=grown)
            grown = grown and stage.recipe.model.head != "new"


def _check_head(index: int, head: str, *, grown: bool) -> None:
    if head == "keep":
        raise ConfigError(
            f"model.head of a later stage must be new, grow or grow-hold; got keep in run.stages.{index}",
            hint="leave it out: a stage goes on with the head it finds",
        )
    if head != "new" and not grown:
        raise ConfigError(
            f"model.head: {head} in run.stages.{index} must follow a head that was grown; the run has none there",
            hint="give model.head: grow with model.pretrained for the first stage",
        )


def check_trainer(
    trainer: Trainer, plans: Sequence[Plan], stages: Sequence[StageRecipe] = (), /, *, world_size: int
) -> None:
    """Whether the trainer has what the run asks of it beyond a trainer's defaults.

    Args:
        trainer: Of the run.
        plans: One of each stage.
        stages: Of the run.
        world_size: Processes.

    Raises:
        ConfigError: If quotas move from epoch to epoch, there are several processes, or weights are to be averaged, and
            it does not say what then.
    """
    kind = type(trainer)
    if any(stage.recipe.optimizer.ema is not None for stage in stages) and not trainer.averages:
        raise ConfigError(
            f"a trainer must average weights under optimizer.ema; {kind.__name__} says nothing of it",
            hint="leave optimizer.ema out, or give the class averages = True where it does",
        )
    if world_size > 1 and kind.sum_over_ranks is Trainer.sum_over_ranks:
        raise ConfigError(
            f"a trainer must sum over {world_size} processes; {kind.__name__} has no sum_over_ranks of its own",
            hint="train in one process, or give the class sum_over_ranks",
        )
    if any(plan.settled for plan in plans) and kind.set_prior is Trainer.set_prior:
        raise ConfigError(
            f"a trainer must follow a plan whose quotas move; {kind.__name__} has no set_prior of its own",
            hint="give the class set_prior, an empty one where its loss has no priors; or take another strategy",
        )


def lone_rows(trainer: Trainer, /, *, epoch_size: int, total_batch: int, accumulate: int = 1) -> str | None:
    """What to say where the last batch of an epoch, or a part of it, has one row and batch norm trains, or None.

    Of one row a batch norm takes a variance that is of the picture and not of the data; where the features are one
    number per channel it is 0, and PyTorch raises.

    Args:
        trainer: Built for the stage.
        epoch_size: Rows of an epoch.
        total_batch: Rows of a step, over all processes: batch norm is synchronised.
        accumulate: Parts of a step, which batch norm sees one by one.

    Raises:
        ConfigError: If every batch has one row.
    """
    part, last = total_batch // accumulate, epoch_size % total_batch
    smallest = last // max(-(-last // part), 1)
    if (part > 1 and smallest != 1) or not isinstance(trainer, ModuleTrainer) or not trainer.trains_batch_norm:
        return None
    if part == 1:
        raise ConfigError(
            "a batch must have more than one row where batch norm trains; got data.batch_size 1",
            hint="raise data.batch_size, or freeze those layers with model.freeze",
        )
    lone = "one row" if last == 1 else "a part of one row"
    return (
        f"the last batch of an epoch has {lone} ({epoch_size:,} rows in batches of {total_batch:,}), from which batch "
        "norm learns nothing good: another data.batch_size avoids it"
    )


def settle_class_num(stages: Sequence[StageRecipe], plans: Sequence[Plan], /) -> int:
    """Classes of the model: the largest plan's, or `model.class_num`.

    Raises:
        ConfigError: If `model.class_num` is too small.
    """
    needed = max(plan.class_num for plan in plans)
    asked = stages[0].recipe.model.class_num
    if asked is not None and asked < needed:
        raise ConfigError(
            f"model.class_num must be at least {needed}, as the plan has it; got {asked}",
            hint="leave model.class_num out",
        )
    return needed if asked is None else asked


def check_weights(stages: Sequence[StageRecipe], /, *, base: Path) -> None:
    """Whether the weights to begin with are there, and of a kind that is read; the framework's own are fetched.

    Raises:
        CheckpointError: If they are not.
        ConfigError: If the framework has none for the backbone.
    """
    for stage in stages:
        model = stage.recipe.model
        if model.pretrained is not None:
            check_pretrained(model.pretrained, backbone=model.backbone, base=base)


def nccl_memory(*, world_size: int, device: str, seen: SharedMemory | None = None) -> str | None:
    """What to say about `/dev/shm` where NCCL will use it, or None.

    Args:
        world_size: Processes.
        device: `global.device`.
        seen: What is there; None looks.
    """
    if world_size == 1 or device == "cpu" or (device == "auto" and not gpus()[0]):
        return None
    seen = shared_memory() if seen is None else seen
    if seen.suits_nccl:
        return None
    return (
        f"NCCL uses {seen.path} between {world_size} processes and asks for about 1 GiB; it has {seen.size >> 20} MiB: "
        "start the container with --shm-size=1g, or set NCCL_SHM_DISABLE=1, which is slower"
    )
