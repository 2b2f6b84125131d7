"""Logits of held-out real rows under each way, cross-validated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.advise._draws import Draws
from datatool.advise._sgd import LinearHead, first_head, is_plain, train_heads
from datatool.advise._ways import Way
from datatool.errors import ConfigError
from datatool.loader import Batch
from datatool.probe import LOOK_ALIKE, Probe, ProbeRows, close_pairs, joined, pairs_of, stratified_folds, unit_rows
from datatool.progress import progress
from datatool.trainers import Stage, Trainer
from datatool.training import learning_rate

NUM_FOLDS: Final = 5
NUM_REPEATS: Final = 2
MAX_ROWS: Final = 20_000  # past it, or past so many classes, one split of 80 to 20 takes the place of all folds
MAX_CLASSES: Final = 200

Floats32 = NDArray[np.float32]
Floats = NDArray[np.float64]
Ask = Callable[[NDArray[np.int64]], Floats32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Folds:
    """How real rows are held out.

    Attributes:
        fold: int64 (R, N): each row's in each repeat; of synthetic rows their parent's.
        held: Folds that are held out in turn.
        synthetic: Bool (N,), rows that are never scored.
    """

    fold: NDArray[np.int64]
    held: range
    synthetic: NDArray[np.bool_]

    def split(self, repeat: int, held: int, /) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows to train on, and real rows to score, int64 each."""
        mine = self.fold[repeat] == held
        return np.flatnonzero(~mine), np.flatnonzero(mine & ~self.synthetic)

    @property
    def parts(self) -> list[tuple[int, int]]:
        """(repeat, held) of every training."""
        return [(repeat, held) for repeat in range(len(self.fold)) for held in self.held]

    @property
    def scored(self) -> NDArray[np.bool_]:
        """Bool (N,), real rows that are held out once in each repeat."""
        return np.isin(self.fold[0], self.held) & ~self.synthetic


def is_large(rows: ProbeRows, /) -> bool:
    """Whether one split takes the place of all folds, and two ways beside natural that of all."""
    return len(rows) > MAX_ROWS or len(rows.classes) > MAX_CLASSES


def make_folds(probe: Probe, parents: NDArray[np.int64], /, *, seed: int) -> Folds:
    """Stratified folds of the real rows, look-alikes and groups together, each synthetic row in its parent's fold.

    Args:
        probe: Features of all rows.
        parents: int64 (N,), -1 where a row has none: it then has a fold of its own drawing.
        seed: Any integer.
    """
    rows, num = probe.rows, len(probe.rows)
    large = is_large(rows)
    pairs = pairs_of(rows.group)
    if not large:
        units = unit_rows(probe.features, centred=True)
        pairs = np.concatenate([pairs, close_pairs(units, units, least=LOOK_ALIKE, same=True)[0]])
    groups = joined(num, pairs)
    real = ~rows.synthetic
    found = []
    for repeat in range(1 if large else NUM_REPEATS):
        fold = stratified_folds(rows.place, np.arange(num), num_folds=NUM_FOLDS, seed=seed * 100 + 50 + repeat)
        fold[real] = stratified_folds(rows.place[real], groups[real], num_folds=NUM_FOLDS, seed=seed * 100 + repeat)
        has = parents >= 0
        fold[has] = fold[parents[has]]
        found.append(fold)
    return Folds(fold=np.stack(found), held=range(1 if large else NUM_FOLDS), synthetic=rows.synthetic)


def cross_validate(
    probe: Probe, ways: list[Way], folds: Folds, /, *, seed: int
) -> tuple[dict[str, list[Floats32]], list[Floats]]:
    """Train every way on every part.

    Returns:
        Way -> logits float32 (M, K) of the scored rows of each part, and float64 (K,), the class shares of the loss of
        the first way in each part.
    """
    num_classes = max(len(probe.rows.classes), 2)
    logits: dict[str, list[Floats32]] = {way.name: [] for way in ways}
    priors: list[Floats] = []
    with progress("cross-validation", total=len(folds.parts) * len(ways), unit="heads") as advance:
        for number, (repeat, held) in enumerate(folds.parts):
            train, score = folds.split(repeat, held)
            draws = [
                Draws(
                    way,
                    train,
                    probe.rows.place,
                    probe.rows.source,
                    num_classes=num_classes,
                    batch_size=probe.backbone.recipe.data.batch_size,
                    seed=seed + number,
                )
                for way in ways
            ]
            priors.append(draws[0].prior)
            trained = _trained(probe, draws, num_classes=num_classes, seed=seed + number)
            for way, ask in zip(ways, trained, strict=True):
                logits[way.name].append(ask(score))
                advance(1)
    return logits, priors


def _trained(probe: Probe, draws: list[Draws], *, num_classes: int, seed: int) -> Iterator[Ask]:
    """A head of each way, in turn: the recipe's own trainer has one at a time."""
    recipe, features = probe.backbone.recipe, probe.features
    if not is_plain(recipe):
        for each in draws:
            yield _by_trainer(probe, each, num_classes=num_classes, seed=seed)
        return
    start = first_head(features.shape[1], num_classes, seed=seed)
    for head in train_heads(features, draws, recipe, start=start):
        yield partial(_logits, head, features)


def _logits(head: LinearHead, features: Floats32, rows: NDArray[np.int64]) -> Floats32:
    return head.logits(features[rows])


def _by_trainer(probe: Probe, draws: Draws, *, num_classes: int, seed: int) -> Ask:
    """With the recipe's own trainer, a step of which costs a framework's overhead."""
    trainer, recipe = probe.model.trainer, probe.backbone.recipe
    loss = recipe.loss.model_copy(update={"logit_adjust": None})
    stage = Stage(
        index=0,
        recipe=recipe.model_copy(update={"loss": loss}),
        base=probe.backbone.base,
        seed=seed,
        prior=draws.prior,
        quota=draws.prior * draws.cells.quota.sum(),
    )
    if not trainer.begin_again(stage, num_classes):
        raise ConfigError(
            f"run.trainer must be one that can train on kept features; '{recipe.run.trainer}' cannot",
            hint="give it Trainer.prefix and Trainer.begin_again, or name paddle or torch",
        )
    _steps(probe, trainer, draws, seed)

    def ask(rows: NDArray[np.int64]) -> Floats32:
        size = recipe.data.batch_size
        parts = [rows[start : start + size] for start in range(0, len(rows), size)]
        found = [
            trainer.logits(_batch(probe, part, probe.rows.place[part], np.ones(len(part), np.float32)))
            for part in parts
        ]
        return np.concatenate(found) if found else np.zeros((0, num_classes), np.float32)

    return ask


def _steps(probe: Probe, trainer: Trainer, draws: Draws, seed: int) -> None:
    recipe = probe.backbone.recipe
    step = 0
    for epoch in range(recipe.run.epochs):
        for rows, labels, weights in draws.epoch(epoch):
            rate = learning_rate(recipe.optimizer, step, steps_per_epoch=len(draws), epochs=recipe.run.epochs)
            trainer.step(_batch(probe, rows, labels, weights), lr=rate, seed=seed + step)
            step += 1


def _batch(probe: Probe, rows: NDArray[np.int64], labels: NDArray[np.int64], weights: Floats32) -> Batch:
    tensor = probe.model.prefix.tensor
    return Batch(
        images=None,
        features=tensor(np.ascontiguousarray(probe.shaped[rows])),
        labels=tensor(labels),
        weights=tensor(weights),
        rows=rows,
        positions=np.arange(len(rows)),
    )


def pooled_hits(logits: list[Floats32], folds: Folds, place: NDArray[np.int64], /) -> Floats:
    """Whether each row is predicted rightly, averaged over repeats, float64 (N,); NaN where it is not scored."""
    total = np.zeros(len(place))
    for (repeat, held), found in zip(folds.parts, logits, strict=True):
        _, score = folds.split(repeat, held)
        total[score] += found.argmax(axis=1) == place[score]
    return np.where(folds.scored, total / len(folds.fold), np.nan)


def corrected(logits: list[Floats32], priors: list[Floats], target: Floats, /) -> list[Floats32]:
    """Logits that carry the target's class shares in place of those they were trained under.

    z + log target - log prior (Saerens, Latinne & Decaestecker 2002; Menon et al. 2020). A class of share 0 in the
    target is never predicted; one that was not trained on stays as it is.
    """
    found = []
    for scores, prior in zip(logits, priors, strict=True):
        with np.errstate(divide="ignore"):
            wanted = np.log(np.where(target > 0, target, 0.0))
            shift = np.where(prior > 0, wanted - np.log(np.where(prior > 0, prior, 1.0)), 0.0)
        found.append((scores[:, : len(target)] + np.maximum(shift, -1e4)).astype(np.float32))
    return found
