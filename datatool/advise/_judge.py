"""From logits of held-out rows to ways with gains, and to one that is recommended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatool.advise._compare import Difference, compare, recalls, shrunk_value, value_of
from datatool.advise._cross import Folds, corrected, cross_validate, pooled_hits
from datatool.advise._objective import DEPLOY, TOP1, Objective
from datatool.advise._options import MIN_ROWS
from datatool.advise._ways import CORRECTED, LOGIT_ADJUST, NATURAL, Way
from datatool.probe import Probe
from datatool.schemas import AdviseWay

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """Every way, judged.

    Attributes:
        ways: As the document has them, natural first.
        recall: Way -> float64 (K,), NaN without a real row.
        chosen: Name of the recommended way, or None.
        reason: A sentence.
    """

    ways: list[AdviseWay]
    recall: dict[str, Floats]
    chosen: str | None
    reason: str


def judge(probe: Probe, ways: list[Way], folds: Folds, objective: Objective, /, *, seed: int) -> Judged:
    """Cross-validate ways that need it, derive those that follow from natural, compare and choose."""
    [found] = judge_all(probe, ways, folds, [objective], seed=seed)
    return found


def judge_all(
    probe: Probe, ways: list[Way], folds: Folds, objectives: list[Objective], /, *, seed: int
) -> list[Judged]:
    """The same for several objectives, which share the training."""
    logits, priors = cross_validate(probe, ways, folds, seed=seed)
    logits[LOGIT_ADJUST] = corrected(logits[NATURAL], priors, objective_even(probe))
    place, scored = probe.rows.place, folds.scored
    found = []
    for objective in objectives:
        every = [*ways, Way(name=LOGIT_ADJUST, trained=False)]
        if objective.kind == DEPLOY:
            logits[CORRECTED] = corrected(logits[NATURAL], priors, objective.prior)
            every.append(Way(name=CORRECTED, trained=False))
        hits = {way.name: pooled_hits(logits[way.name], folds, place)[scored] for way in every}
        found.append(judged(hits, place[scored], every, objective))
    return found


def objective_even(probe: Probe, /) -> Floats:
    """The same share for every class with a real row, float64 (K,)."""
    sizes = np.bincount(probe.rows.place[~probe.rows.synthetic], minlength=len(probe.rows.classes))
    shares: Floats = (sizes > 0) / (sizes > 0).sum()
    return shares


def judged(hits: dict[str, Floats], place: NDArray[np.int64], ways: list[Way], objective: Objective, /) -> Judged:
    """Compare ways by their hits.

    Args:
        hits: Way -> float64 (N,), 1 where a real row was predicted rightly, averaged over repeats.
        place: int64 (N,), their classes.
        ways: Natural first.
        objective: What is to be good.
    """
    num_classes = len(objective.value)
    recall = {name: recalls(found, place, num_classes=num_classes) for name, found in hits.items()}
    gains = {name: compare(found, hits[NATURAL], place, objective.value) for name, found in hits.items()}
    counts = np.bincount(place, minlength=num_classes)
    large = np.where(counts >= MIN_ROWS, objective.value, 0.0)
    some_small = bool(((counts < MIN_ROWS) & (objective.value > 0)).any()) and bool(large.any())
    documents = [
        AdviseWay(
            name=way.name,
            value=round(value_of(recall[way.name], objective.value), 4),
            value_of_large=round(value_of(recall[way.name], large), 4) if some_small else None,
            gain=round(gains[way.name].mean, 4),
            low=round(gains[way.name].low, 4) if way.name != NATURAL else 0.0,
            high=round(gains[way.name].high, 4) if way.name != NATURAL else 0.0,
            verdict=gains[way.name].verdict if way.name != NATURAL else "no difference",
            trained=way.trained,
        )
        for way in ways
    ]
    chosen, reason = _choose(hits, place, ways, objective, gains)
    return Judged(ways=documents, recall=recall, chosen=chosen, reason=reason)


def _choose(
    hits: dict[str, Floats],
    place: NDArray[np.int64],
    ways: list[Way],
    objective: Objective,
    gains: dict[str, Difference],
) -> tuple[str | None, str]:
    """The objective's default, unless another way is better than it; None where nothing differs from natural."""
    default = objective.default
    against = {
        way.name: compare(hits[way.name], hits[default], place, objective.value) for way in ways if way.name != default
    }
    better = [way for way in ways if way.name in against and against[way.name].verdict == "better"]
    if better:
        counts = np.bincount(place, minlength=len(objective.value))

        def rank(way: Way) -> tuple[float, int]:
            recall = recalls(hits[way.name], place, num_classes=len(objective.value))
            return -round(shrunk_value(recall, counts, objective.value), 3), way.price

        chosen = min(better, key=rank).name
        return chosen, f"{chosen} is better than {default}, which is what this objective takes otherwise"
    others = [gains[way.name] for way in ways if way.name != NATURAL]
    compared = others if default == NATURAL else [gains[default]]
    if all(one.verdict == "no difference" for one in compared):
        return None, "no way differs from natural by more than 0.02 here: there is nothing to gain by balancing"
    if objective.kind == TOP1:
        return default, "the list's own mix is what is scored, and natural draws carry it; no way is better"
    said = {"better": "better than natural", "worse": "worse than natural"}.get(
        gains[default].verdict, "not told apart from natural on so few pictures"
    )
    return default, f"{default} is what this objective takes unless another way is better, and none is; it is {said}"
