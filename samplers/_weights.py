"""How much a draw counts in the loss: `--weights`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.samplers._effective import effective_number
from datatool.schemas import ConfigError, nearest

Floats = NDArray[np.float64]
MOST: Final = 1e12  # one weight beside another: far more than any loss can use, far less than float32 holds
Weights = Callable[[Floats], Floats]


def no_weights(class_draws: Floats, /) -> Floats:
    """`none`: every draw counts the same."""
    return np.ones_like(class_draws)


def inverse_weights(class_draws: Floats, /) -> Floats:
    """`inverse`: every class counts the same, 1 / q_c."""
    return 1 / class_draws


def sqrt_weights(class_draws: Floats, /) -> Floats:
    """`sqrt`: half-way to `inverse` in the logarithm, 1 / sqrt(q_c)."""
    return 1 / np.sqrt(class_draws)


def effective_weights(beta: float, /) -> Weights:
    """`effective:BETA`: 1 / E(q_c).

    Cui et al., Class-balanced loss based on effective number of samples, CVPR 2019.
    """

    def weights(class_draws: Floats, /) -> Floats:
        return 1 / effective_number(class_draws, beta)

    effective_number(np.ones(1), beta)
    return weights


WEIGHTS: Final[dict[str, Weights]] = {"none": no_weights, "inverse": inverse_weights, "sqrt": sqrt_weights}


def parse_weights(text: str, /) -> Weights:
    """The weights that a text like `effective:0.999` names.

    They are functions of draws per class, q_c, and not of rows: what the quotas balance is not balanced again. Under
    `natural` the two are the same.

    Raises:
        ConfigError: If there are none of that name, or beta is missing or out of range.

    >>> parse_weights("inverse")(np.array([4.0, 2.0]))
    array([0.25, 0.5 ])
    """
    name, _, argument = text.partition(":")
    if name == "effective":
        try:
            return effective_weights(float(argument))
        except ValueError:
            raise ConfigError(f"effective weights must be written 'effective:BETA'; got '{text}'") from None
    if text not in WEIGHTS:
        near = nearest(text, [*WEIGHTS, "effective"])
        hint = f"did you mean '{near}'?" if near else "choose none, inverse, sqrt, effective:BETA, or a CSV file"
        raise ConfigError(f"weights must have a known name or be a file; got '{text}'", hint=hint)
    return WEIGHTS[text]


def normalise_weights(weight: Floats, quota: NDArray[np.int64], /) -> Floats:
    """Scale weights of cells so that their mean over the draws of an epoch is 1.

    Raises:
        ConfigError: If everything that is drawn weighs 0, or weights lie too far apart for float32.

    >>> normalise_weights(np.array([1.0, 3.0]), np.array([3, 1]))
    array([0.66666667, 2.        ])
    """
    if not weight[quota > 0].any():
        raise ConfigError("weights must be above 0 for something that is drawn; all of them are 0")
    largest, drawn = weight.max(), weight[quota > 0].max()
    if not (np.isfinite(largest) and largest / MOST <= drawn):
        raise ConfigError(f"weights must be at most {MOST:g} times what is drawn weighs; got {largest:g}")
    parts = weight / drawn
    scaled: Floats = parts / (float(parts @ quota) / float(quota.sum()))
    return scaled
