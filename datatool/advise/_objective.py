"""What is to be good: every class alike, top-1 under the list's own mix, or under the mix of a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.deploy import read_prior
from datatool.schemas import ConfigError, nearest

BALANCED: Final = "balanced"
TOP1: Final = "top1"
DEPLOY: Final = "deploy"

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Objective:
    """An objective.

    Attributes:
        name: balanced, top1 or deploy:FILE.
        value: float64 (K,), what the recall of each class is worth; 0 where a class has no real row.
        prior: float64 (K,), the class shares that logits should carry.
        default: Name of the way that is taken unless another is better.
    """

    name: str
    value: Floats
    prior: Floats
    default: str

    @property
    def kind(self) -> str:
        """balanced, top1 or deploy."""
        return self.name.partition(":")[0]


def make_objective(text: str, counts: NDArray[np.int64], classes: list[str], ids: list[int], /) -> Objective:
    """The objective that `--for` names.

    Args:
        text: balanced, top1 or deploy:FILE.
        counts: int64 (K,), real rows of each class.
        classes: K names.
        ids: K class ids.

    Raises:
        ConfigError: If it is none of them, or the file has no share of a class that is here.
    """
    scored = counts > 0
    even = scored / scored.sum()
    own = counts / counts.sum()
    if text == BALANCED:
        return Objective(name=text, value=even, prior=even, default="logit-adjust")
    if text == TOP1:
        return Objective(name=text, value=own, prior=own, default="natural")
    kind, _, file = text.partition(":")
    if kind != DEPLOY or not file:
        near = nearest(text, (BALANCED, TOP1, DEPLOY))
        raise ConfigError(
            f"--for must be balanced, top1 or deploy:FILE; got '{text}'",
            hint=None if near is None else f"did you mean {near}?",
        )
    return _deployed(text, Path(file), scored, classes, ids)


def _deployed(text: str, file: Path, scored: NDArray[np.bool_], classes: list[str], ids: list[int]) -> Objective:
    names = [str(number) for number in range(max(ids) + 1)]
    for name, number in zip(classes, ids, strict=True):
        names[number] = name
    shares = read_prior(file, names=names)
    found = np.array([shares.get(number, 0.0) for number in ids])
    if not (found[scored] > 0).any() or not np.isfinite(found.sum()):
        raise ConfigError("a deployment prior must have a share of a class with real rows; got none", file=file)
    prior = found / found.sum()
    value = np.where(scored, prior, 0.0)
    return Objective(name=text, value=value / value.sum(), prior=prior, default="corrected")
