"""Shares of the classes that a stage trains under, and what of them its logits carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from datatool.schemas import Plan, RunState
from datatool.trainers import Stage

_LEAST = np.finfo(np.float64).tiny  # a share of 0 would mean a class without rows


def carried(
    prior: NDArray[np.float64], counted: NDArray[np.float64], /, *, logit_adjust: float | None
) -> NDArray[np.float64]:
    """The prior that is in trained logits, float64 (K,), summing to 1; 0 for classes that do not count.

    Let pi be the share of each class in the draws, q its share after weighting, and the loss sum(w l) / sum(w) with l
    the cross-entropy of z + tau log pi. Its minimum is z + tau log pi = log p(x | y) + log q up to a constant in y, so
    that z carries q / pi^tau. Without weights q = pi and that is pi^(1 - tau): pi itself for the plain loss, nothing
    for tau = 1 (Menon et al. 2020, arXiv:2007.07314, sections 4 and 5). Margins, focal losses and a teacher have no
    such formula and are not taken into account.

    Args:
        prior: float64 (K,), pi.
        counted: float64 (K,), draws times weight; any scale.
        logit_adjust: tau; None is 0.

    >>> carried(np.array([0.8, 0.2]), np.array([8.0, 2.0]), logit_adjust=None).round(3).tolist()
    [0.8, 0.2]
    >>> carried(np.array([0.8, 0.2]), np.array([8.0, 2.0]), logit_adjust=1.0).round(3).tolist()
    [0.5, 0.5]
    """
    present = counted > 0
    logs = np.log(counted[present]) - (logit_adjust or 0.0) * np.log(prior[present])
    shares = np.exp(logs - logs.max(initial=-np.inf))
    result = np.zeros(len(prior))
    result[present] = np.maximum(shares / shares.sum(), _LEAST)
    return result


def at_epoch(stage: Stage, plan: Plan, /, *, epoch: int) -> Stage:
    """The stage with the shares that ``plan`` has in an epoch; they differ between epochs under `progressive`."""
    class_num = len(stage.prior)
    prior = np.zeros(class_num)
    prior[: plan.class_num] = plan.prior(epoch)
    quotas = plan.quotas(epoch)
    draws = quotas * plan.cells.weight
    counted = np.bincount(plan.cells.label, weights=draws, minlength=class_num).astype(np.float64)
    return replace(
        stage,
        prior=prior,
        quota=prior * float(quotas.sum()),
        logit_prior=carried(prior, counted, logit_adjust=stage.recipe.loss.logit_adjust),
    )


def as_saved(stage: Stage, state: RunState, /) -> Stage:
    """The stage with the shares of the epoch that a checkpoint was taken in."""
    prior = _array(state.prior, state.class_num)
    logit_prior = _array(state.logit_prior, state.class_num) if state.logit_prior else None
    return replace(stage, prior=prior, quota=prior, logit_prior=logit_prior)


def shares_of(prior: NDArray[np.float64], /) -> dict[int, float]:
    """Classes with a share -> it.

    >>> shares_of(np.array([0.25, 0.0, 0.75]))
    {0: 0.25, 2: 0.75}
    """
    return {index: share for index, share in enumerate(prior.tolist()) if share > 0}


def _array(shares: Mapping[int, float], class_num: int) -> NDArray[np.float64]:
    array = np.zeros(class_num)
    array[list(shares)] = list(shares.values())
    return array
