"""The trainer of both frameworks: a model behind a kit, built, frozen, loaded and stepped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datatool.errors import CheckpointError, ConfigError
from datatool.frameworks import Array, Floats, Kit, Optimizer
from datatool.models import (
    AMP_TOLERANCE,
    TOLERANCE,
    Cut,
    Frozen,
    LoadReport,
    Prefix,
    add_branches,
    check_names,
    choose_frozen,
    classifier_of,
    close,
    decayed_groups,
    find_cut,
    find_head,
    join,
    load_pretrained,
    make_backbone,
    model_tensors,
    new_head,
    open_pretrained,
    passes_to_compile,
)
from datatool.trainers._average import Average, split_live
from datatool.trainers._base import Built, Stage, Trainer, TrainerState
from datatool.trainers._global_batch import GlobalBatch
from datatool.trainers._held_rows import HeldRows, rows_of
from datatool.trainers._probe import check_model
from datatool.trainers.losses import Loss, Scores, distilled

if TYPE_CHECKING:
    from datatool.loader import Batch


class ModuleTrainer(Trainer):
    """Any classifier of a framework that has a kit.

    Attributes:
        framework: What batches are made of.
        model: The framework's own model, once built.
        head: Name of its head.
        device: Where it computes, once built.
    """

    averages = True

    def __init__(self, kit: Kit, /) -> None:
        self.kit = kit
        self.framework = kit.name
        self.device = "auto"
        self.model: Any = None
        self.head = ""
        self.frozen = Frozen(parameters=frozenset(), modules=frozenset())
        self._old_rows: list[int] = []  # classes that have the rows of the head that was grown
        self._held = HeldRows(kit, None, [])
        self._average: Average | None = None
        self._stage: Stage
        self._loss: Loss
        self._optimizer: Optimizer
        self._trained: dict[str, Any] = {}
        self._training: bool | None = None
        self._cut: Cut | None = None

    def build(self, stage: Stage, class_num: int, /) -> Built:
        """Make the model, or go on with it, and apply the stage."""
        self.kit.start(device=stage.recipe.global_.device, rank=stage.rank, world_size=stage.world_size)
        self.device = self.kit.device
        self.kit.seed(stage.seed)
        self._stage = stage
        self._cut = None
        messages: list[str] = []
        report = None
        if self._average is not None:  # what a stage leaves is what was evaluated
            self._average.show()
            self._average = None
        is_new = self.model is None
        if is_new:
            report = self._make(stage, class_num, messages)
        else:
            self._go_on(stage, class_num)
        self._apply(stage, messages)
        self._loss = Loss(stage.recipe.loss, prior=stage.prior, quota=stage.quota)
        self._training = None
        if is_new:
            self._probe(stage, class_num)
        sizes = {name: int(np.prod(tensor.shape)) for name, tensor in self._parameters().items()}
        return Built(
            num_parameters=sum(sizes.values()),
            num_trainable=sum(sizes[name] for name in self._trained),
            report=None if report is None else report.to_dict(),
            messages=tuple(messages),
        )

    def step(self, batch: Batch, /, *, lr: float, seed: int) -> Floats:
        """One optimizer step on sum(w l) / sum(w) over the global batch."""
        kit, whole, rows = self.kit, GlobalBatch(self.kit, self._stage), []
        self._set_mode(training=True)
        kit.seed(seed)
        total = None if self._loss.mines else whole.total(kit.array(batch.weights))
        for part in whole.parts(batch):
            losses = self._losses(self._forward(part), part)
            rows.append(kit.array(losses))
            weights = kit.array(part.weights)
            if total is None:
                weights = whole.mined(self._loss, rows[-1], weights)
                total = whole.total(weights)
            if total > 0:
                kit.backward((losses * kit.ops.constant(weights / total, like=losses)).sum())
        if total:
            self._update(lr)
        found: Floats = np.concatenate(rows)[: len(batch)]
        return found

    def logits(self, batch: Batch, /) -> Floats:
        """In evaluation mode, without gradients."""
        self._set_mode(training=False)
        with self.kit.no_grad():
            logits: Floats = self.kit.array(self._forward(batch))
        return logits

    def state(self) -> TrainerState:
        """Model by its own names, averaged where that is asked for; accumulators of the optimizer."""
        tensors = model_tensors(self.kit, self.model)
        model = {name: self.kit.array(tensor) for name, tensor in tensors.items()}
        optimizer = self._optimizer.state()
        extra: dict[str, Any] = {"held_rows": self._held.rows, "old_rows": self._old_rows}
        if self._average is not None:
            model.update(self._average.values())
            optimizer.update(self._average.live())
            extra["average_steps"] = self._average.num_steps
        return TrainerState(model=model, optimizer=optimizer, extra=extra, framework=self.framework)

    def load_state(self, state: TrainerState, /) -> None:
        """Take back model and optimizer; every name has to be there."""
        tensors = model_tensors(self.kit, self.model)
        accumulators, live = split_live(state.optimizer)
        self._optimizer.load_state(accumulators)
        check_names(tensors, state.model)
        for name, tensor in tensors.items():
            self.kit.assign(tensor, state.model[name])
        if self._average is not None:
            self._average.load(live, num_steps=int(state.extra.get("average_steps", 0)))
            self._training = None
        self._old_rows = rows_of(state.extra.get("old_rows", []))
        self._hold(rows_of(state.extra.get("held_rows", [])))

    def check_stage(self, stage: Stage, /) -> None:
        """Whether a later stage can be applied to the model.

        Raises:
            ConfigError: If a pattern of `model.freeze` matches nothing, or everything is frozen.
        """
        self._frozen_by(stage)

    @property
    def trains_batch_norm(self) -> bool:
        """Whether a batch norm takes mean and variance from the batch in this stage."""
        modules = self.kit.modules(self.model)
        return any(self.kit.is_batch_norm(module) and name not in self.frozen.modules for name, module in modules)

    def diverged(self) -> str | None:
        """Name of a trained tensor whose squared length is beyond float32, so that no loss stays finite; or None."""
        self._set_mode(training=True)  # an average is finite for longer than what it follows
        with np.errstate(all="ignore"):
            for name, tensor in self._trained.items():
                values = self.kit.array(tensor).ravel()
                if not np.isfinite(np.dot(values, values)):
                    return name
        return None

    def prefix(self, images: Floats, /) -> Prefix | None:
        """The frozen part of the model; None where it has none.

        It is compiled when it first runs, and then compared with eager on ``images``.

        Args:
            images: float32 (N, 3, S, S), a numpy array.
        """
        self._set_mode(training=False)
        self._cut = cut = find_cut(self.kit, self.model, self.frozen, head=self.head, images=self.kit.tensor(images))
        if cut is None:
            return None
        amp = self._stage.recipe.optimizer.amp and self.kit.has_amp_inference
        tolerance = AMP_TOLERANCE if amp else TOLERANCE
        compiled = cache(lambda: self._compile(cut, images, amp=amp, tolerance=tolerance))

        def run(batch: Floats) -> Array:
            return compiled()(batch)

        return Prefix(
            key=cut.key() + (":bfloat16" if amp else ""),
            shape=cut.shape,
            run=run,
            eager=None if amp else lambda batch: self._eager(cut, batch),
            tensor=self.kit.tensor,
            tolerance=tolerance,
        )

    def passes_to_compile(self, size: int, /) -> int:
        """Pictures from which on compiling the frozen part pays; two pass through the model to count its work."""
        self._set_mode(training=False)
        return passes_to_compile(self.kit, self.model, self.frozen, np.zeros((2, 3, size, size), np.float32))

    def begin_again(self, stage: Stage, class_num: int, /) -> bool:
        """A new head behind the frozen part that `prefix` cut off."""
        if self._cut is None:
            return False
        self.kit.seed(stage.seed)
        self._stage = stage
        self.head = new_head(self.kit, self.model, class_num=class_num, bottleneck=stage.recipe.model.bottleneck)
        self._hold([])
        self._apply(stage, [])
        self._loss = Loss(stage.recipe.loss, prior=stage.prior, quota=stage.quota)
        self._training = None
        return True

    def sum_over_ranks(self, array: Array, /) -> Array:
        """Elementwise, over processes."""
        return self.kit.sum_over_ranks(array)

    def set_prior(self, *, prior: NDArray[np.float64], quota: NDArray[np.float64]) -> None:
        """Take the shares of another epoch, for plans whose quotas move."""
        self._loss.set_prior(prior=prior, quota=quota)

    def _compile(self, cut: Cut, images: Floats, *, amp: bool, tolerance: float) -> Callable[[Array], Array]:
        """The prefix compiled.

        Raises:
            CheckpointError: If it differs from the eager one.
        """
        self._set_mode(training=False)
        run = cut.compiled(images, amp=amp)
        self._training = None  # tracing may have changed modes
        if not close(cut.tried, run(images), tolerance=tolerance):
            raise CheckpointError(
                "the compiled frozen part must give what the eager one gives; it does not on the first batch",
                hint="set run.feature_cache to off",
            )
        return run

    def _eager(self, cut: Cut, images: Floats) -> Array:
        self._set_mode(training=False)
        return cut.features(self.kit.tensor(images))

    def _make(self, stage: Stage, class_num: int, messages: list[str]) -> LoadReport | None:
        section = stage.recipe.model
        self.model = make_backbone(section.backbone, framework=self.framework, class_num=class_num, base=stage.base)
        if section.bottleneck is not None:
            self.head = new_head(self.kit, self.model, class_num=class_num, bottleneck=section.bottleneck)
        if stage.world_size > 1:
            self.model = self.kit.synchronise_batch_norm(self.model)
        self.model = self.kit.place(self.model)
        self.head = find_head(self.kit, self.model)
        self._check_outputs(class_num)
        report = self._load(stage, messages)
        if section.acnet:
            messages.append(f"{add_branches(self.framework, self.model)} convolutions have the branches of ACNet")
        return report

    def _load(self, stage: Stage, messages: list[str]) -> LoadReport | None:
        section = stage.recipe.model
        if stage.resumed:
            return None
        if section.pretrained is None:
            if section.freeze != "none":
                messages.append("model.freeze without model.pretrained keeps random weights fixed")
            if section.head != "new":
                raise ConfigError(f"model.head: {section.head} must go with model.pretrained; got null")
            return None
        opened = open_pretrained(section.pretrained, backbone=section.backbone, base=stage.base)
        report = load_pretrained(
            self.kit,
            self.model,
            opened.file,
            head=self.head,
            mode=section.head,
            names=stage.names,
            weights=opened.weights,
        )
        self._old_rows = report.old_rows if section.head in ("grow", "grow-hold") else []
        self._hold(self._old_rows if section.head == "grow-hold" else [])
        messages.extend((report.summary(), *report.notes))
        return report

    def _go_on(self, stage: Stage, class_num: int) -> None:
        """`head` of a later stage: new is a fresh one, grow lets old rows train, grow-hold holds them as they are."""
        if "model.head" not in stage.own:
            return
        section = stage.recipe.model
        if section.head == "new":
            self._old_rows = []
            self.head = new_head(self.kit, self.model, class_num=class_num, bottleneck=section.bottleneck)
        self._hold(self._old_rows if section.head == "grow-hold" else [])

    def _check_outputs(self, class_num: int) -> None:
        name, module = classifier_of(self.kit, self.model, self.head)
        outputs = self.kit.linear_shape(module)[1]
        if outputs != class_num:
            raise ConfigError(
                f"the last linear layer of the backbone must have {class_num} outputs; '{name}' has {outputs}",
                hint="register the classifier last, and use the class_num it is called with",
            )

    def _probe(self, stage: Stage, class_num: int) -> None:
        """Try the model in both modes; nothing that moves in training mode is kept."""
        kit, before = self.kit, {name: self.kit.array(tensor) for name, tensor in self._buffers().items()}
        for training, mode in ((False, "evaluation"), (True, "training")):
            self._set_mode(training=training)
            size = stage.recipe.data.image_size
            check_model(kit, self.model, class_num=class_num, image_size=size, mode=mode)
        for name, tensor in self._buffers().items():
            kit.assign(tensor, before[name])

    def _apply(self, stage: Stage, messages: list[str]) -> None:
        section = stage.recipe
        self.frozen = self._frozen_by(stage)
        parameters = self._parameters()
        for name, parameter in parameters.items():
            self.kit.set_trainable(parameter, name not in self.frozen.parameters)
        self._trained = {name: value for name, value in parameters.items() if name not in self.frozen.parameters}
        groups = decayed_groups(parameters, head=self.head, decay=section.optimizer.layer_decay)
        self._optimizer = self.kit.optimizer(
            section.optimizer, [group.only(self._trained) for group in groups if group.only(self._trained).parameters]
        )
        if section.optimizer.ema is not None:
            self._average = Average(self.kit, self._trained | self._statistics(), decay=section.optimizer.ema)
            messages.append(f"evaluated and saved is the moving average of the weights ({section.optimizer.ema:g})")
        if section.optimizer.amp and not self.kit.has_amp:
            computed = "only cached frozen layers use it" if self.kit.has_amp_inference else "it has no effect"
            messages.append(f"optimizer.amp: {self.kit.name} trains in float32 on {self.device}; {computed}")

    def _buffers(self) -> dict[str, Any]:
        return {
            join(name, key): tensor
            for name, module in self.kit.modules(self.model)
            for key, tensor in self.kit.own_buffers(module).items()
        }

    def _statistics(self) -> dict[str, Any]:
        """Buffers of the batch norms that train, by full name."""
        norms = {
            name
            for name, module in self.kit.modules(self.model)
            if self.kit.is_batch_norm(module) and name not in self.frozen.modules
        }
        return {name: tensor for name, tensor in self._buffers().items() if name.rpartition(".")[0] in norms}

    def _frozen_by(self, stage: Stage) -> Frozen:
        frozen = choose_frozen(stage.recipe.model.freeze, self.kit, self.model, head=self.head)
        if frozen.parameters.issuperset(self._parameters()):
            raise ConfigError("model.freeze must leave something to train; got every parameter frozen")
        return frozen

    def _parameters(self) -> dict[str, Any]:
        return {
            join(name, key): parameter
            for name, module in self.kit.modules(self.model)
            for key, parameter in self.kit.own_parameters(module).items()
        }

    def _set_mode(self, *, training: bool) -> None:
        if self._average is not None:
            (self._average.hide if training else self._average.show)()
        if self._training == training:
            return
        for name, module in self.kit.modules(self.model):
            self.kit.set_training(module, training and name not in self.frozen.modules)
        self._training = training

    def _losses(self, logits: Any, batch: Batch) -> Any:
        scores = Scores(ops=self.kit.ops, logits=logits, labels=batch.labels)
        losses = self._loss.rows(scores)
        if batch.partner_labels is not None:
            other = self._loss.rows(replace(scores, labels=batch.partner_labels))
            losses = batch.shares * losses + (1.0 - batch.shares) * other
        if batch.taught is None:
            return losses
        return distilled(losses, scores, batch.taught, self._stage.recipe.distill)

    def _forward(self, batch: Batch) -> Any:
        amp = self._stage.recipe.optimizer.amp and self.kit.has_amp
        if batch.features is None:
            return self.kit.forward(self.model, batch.images, amp=amp)
        assert self._cut is not None, "features come from a prefix"
        with self._cut.suffix() as suffix:
            return self.kit.forward(suffix, batch.features, amp=amp)

    def _update(self, lr: float) -> None:
        parameters = list(self._trained.values())
        if self._stage.world_size > 1:
            self.kit.sum_gradients(parameters)
        self._optimizer.step(lr)
        self._held.restore()
        if self._average is not None:
            self._average.follow()

    def _hold(self, rows: list[int]) -> None:
        """Keep these classes of the head as they are now."""
        self._held = HeldRows(self.kit, classifier_of(self.kit, self.model, self.head)[1], rows)
