"""What models cost and how long they take, side by side; over runs, which is the best under a limit."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.deploy.profiling._count import count
from datatool.deploy.profiling._latency import measure
from datatool.errors import ConfigError
from datatool.evaluation import open_trained
from datatool.frameworks import Array, Framework, Module, Tensor
from datatool.models import fuse, make_backbone
from datatool.progress import progress
from datatool.schemas import IMAGE_SIZE, EvalDocument, Latency, ModelProfile, ProfileDocument
from datatool.trainers import ModuleTrainer, Trainer, make_trainer, reason_of

RULE: Final = (
    "MACs are multiplications by a weight in convolutions and linear layers; FLOPs are 2 x MACs; "
    "published 'FLOPs' mostly mean MACs"
)
_CLASS_NUM: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a chosen model has to keep to.

    Attributes:
        under_ms: Largest median latency, compiled where it compiles; None for any.
        at_least: Smallest balanced accuracy; None for any.
    """

    under_ms: float | None = None
    at_least: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no model can keep to, before anything is measured."""
        if self.at_least is not None and not 0 <= self.at_least <= 1:
            raise ConfigError(f"--at-least must be a balanced accuracy from 0 to 1; got {self.at_least:g}")


@dataclass(frozen=True, kw_only=True)
class _Target:
    name: str
    kit: Framework
    model: Module
    class_num: int
    image_size: int
    scores: EvalDocument | None


def profile(
    targets: Sequence[str],
    /,
    *,
    image_size: int | None = None,
    class_num: int | None = None,
    trainer: str = "paddle",
    batch: int = 1,
    threads: int | None = None,
    runs: int = 20,
) -> ProfileDocument:
    """Measure backbones and runs.

    Args:
        targets: Run folders, or backbones as `model.backbone` names them.
        image_size: Side of the images; default: a run's own, 224 for a backbone.
        class_num: Outputs of a backbone; default 1000. A run has its own.
        trainer: `paddle` or `torch`, for backbones.
        batch: Images per call.
        threads: Of the math library; default: the usable CPUs.
        runs: Counted calls of each model.

    Raises:
        ConfigError: If a target is neither run nor backbone, takes no images of that size, or gives no single tensor.
    """
    threads = threads or len(os.sched_getaffinity(0))
    with progress("profiling", total=len(targets), unit="models") as advance:
        models = []
        for name in targets:
            target = _open(name, image_size, class_num, trainer)
            models.append(_measure(target, batch=batch, threads=threads, runs=runs))
            advance(1)
    return ProfileDocument(rule=RULE, batch=batch, threads=threads, models=models)


def milliseconds(text: str, /) -> float:
    """A time such as `10ms`, `0.5s` or `10` (milliseconds).

    Raises:
        ConfigError: If it is none.

    >>> milliseconds("0.5s"), milliseconds("10")
    (500.0, 10.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|)", text.strip())
    if found is None:
        raise ConfigError(f"--under must be a time such as 10ms; got '{text}'")
    return float(found[1]) * (1000.0 if found[2] == "s" else 1.0)


def choose(models: Sequence[ModelProfile], limits: Limits, /) -> str:
    """The name of the most accurate model within the limits, the faster where equal or unknown.

    Raises:
        ConfigError: If there is none, with the nearest miss.
    """
    fitting = [model for model in models if _keeps(model, limits)]
    if fitting:
        return max(fitting, key=lambda model: (model.balanced_accuracy or 0.0, -_milliseconds(model))).name
    fastest = min(models, key=_milliseconds)
    best = max(models, key=lambda model: model.balanced_accuracy or 0.0)
    accuracy = "unknown" if best.balanced_accuracy is None else f"{best.balanced_accuracy:.3f}"
    raise ConfigError(
        f"a model must keep to the limits; the fastest is '{fastest.name}' with {_milliseconds(fastest):.3g} ms, "
        f"the most accurate '{best.name}' with {accuracy}"
    )


def _keeps(model: ModelProfile, limits: Limits) -> bool:
    fast = limits.under_ms is None or _milliseconds(model) <= limits.under_ms
    good = limits.at_least is None or (model.balanced_accuracy or 0.0) >= limits.at_least
    return fast and good


def _milliseconds(model: ModelProfile) -> float:
    return (model.compiled or model.eager).median


def _open(name: str, image_size: int | None, class_num: int | None, trainer: str) -> _Target:
    if Path(name).is_dir():
        return _open_run(Path(name), image_size)
    outputs = class_num or _CLASS_NUM
    kit = _module_trainer(make_trainer(trainer), trainer).kit
    kit.start(device="cpu", rank=0, world_size=1)
    model = make_backbone(name, framework=kit.name, class_num=outputs, base=Path.cwd())
    size = image_size or IMAGE_SIZE
    return _Target(name=name, kit=kit, model=model, class_num=outputs, image_size=size, scores=None)


def _open_run(run: Path, image_size: int | None) -> _Target:
    opened = open_trained(run)
    trainer = _module_trainer(opened.trainer, opened.recipe.run.trainer)
    return _Target(
        name=str(run),
        kit=trainer.kit,
        model=trainer.model,
        class_num=opened.state.class_num,
        image_size=image_size or opened.state.transform.image_size,
        scores=_scores(run / "eval.json"),
    )


def _scores(file: Path) -> EvalDocument | None:
    if not file.exists():
        return None
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"eval.json must be JSON; got '{error}'", file=file, hint="write it again with datatool evaluate"
        ) from None
    return EvalDocument.parse(value, file=file)


def _module_trainer(trainer: Trainer, name: str) -> ModuleTrainer:
    if not isinstance(trainer, ModuleTrainer):
        raise ConfigError(f"a trainer must be paddle or torch to profile; got '{name}'")
    return trainer


def _measure(target: _Target, *, batch: int, threads: int, runs: int) -> ModelProfile:
    kit, model, size = target.kit, target.model, target.image_size
    for _, module in kit.modules(model):
        kit.set_training(module, False)
    images = np.random.default_rng(0).normal(size=(batch, 3, size, size)).astype(np.float32)
    _check_output(target, kit.tensor(images[:1]))
    cost = count(kit, model, kit.tensor(images[:1]))
    latencies = _latencies(kit, model, images, threads=threads, runs=runs)
    return ModelProfile(
        name=target.name,
        class_num=target.class_num,
        image_size=size,
        params=cost.params,
        macs=cost.macs,
        flops=cost.flops,
        activation_bytes_training=cost.activation_bytes_training,
        activation_bytes_inference=cost.activation_bytes_inference,
        head_params=cost.head_params,
        eager=latencies[0],
        compiled=latencies[1],
        balanced_accuracy=None if target.scores is None else target.scores.balanced_accuracy,
        top1=None if target.scores is None else target.scores.top1,
    )


def _latencies(kit: Framework, model: Module, images: Array, *, threads: int, runs: int) -> list[Latency]:
    """Eager and compiled; the process goes on with the threads that it had."""
    before = kit.num_threads()
    compiled = kit.compile(fuse(model, image_size=images.shape[-1]), images, num_threads=threads)

    def eager() -> None:
        kit.set_num_threads(threads)  # each time: a compiled call ends with the number of the process
        _eager(kit, model, kit.tensor(images))

    try:
        return measure([eager, lambda: compiled(images)], runs=runs)
    finally:
        kit.set_num_threads(before)


def _check_output(target: _Target, image: Any) -> None:
    try:
        with target.kit.no_grad():
            output = target.kit.forward(target.model, image)
    except Exception as error:  # whatever a framework raises where a layer has nothing left to work on
        raise _takes_no(target, reason_of(error)) from error
    if isinstance(output, tuple | list | dict):
        raise ConfigError(
            f"a model must give one tensor of logits; '{target.name}' gives a {type(output).__name__} of {len(output)}",
            hint="wrap it in a function of your own, and give MODULE:FUNCTION",
        )
    if not np.isfinite(target.kit.array(output)).all():
        raise _takes_no(target, "its logits are not finite")


def _takes_no(target: _Target, reason: str) -> ConfigError:
    return ConfigError(
        f"a model must take images of {target.image_size} px; '{target.name}' does not: {reason}",
        hint="give a larger --image-size",
    )


def _eager(kit: Framework, model: Module, images: Tensor) -> Array:
    with kit.no_grad():
        return kit.array(kit.forward(model, images))
