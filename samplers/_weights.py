"""How much a draw counts in the loss: `--weights`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from datatool.samplers._kind import Kind, make_kind
from datatool.samplers.strategies import check_beta, effective_number
from datatool.schemas import ConfigError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Weights: TypeAlias = Callable[[Floats], Floats]

MOST: Final = 1e12  # one weight beside another: far more than any loss can use, far less than float32 holds


def no_weights(class_draws: Floats, /) -> Floats:
    """`none`: every draw counts the same."""
    import numpy as np

    return np.ones_like(class_draws)


def inverse_weights(class_draws: Floats, /) -> Floats:
    """`inverse`: every class counts the same, 1 / q_c."""
    return 1 / class_draws


def sqrt_weights(class_draws: Floats, /) -> Floats:
    """`sqrt`: half-way to `inverse` in the logarithm, 1 / sqrt(q_c)."""
    import numpy as np

    return 1 / np.sqrt(class_draws)


def effective_weights(beta: float, /) -> Weights:
    """`effective:BETA`: 1 / E(q_c).

    Cui et al., Class-balanced loss based on effective number of samples, CVPR 2019.
    """
    check_beta(beta)

    def weights(class_draws: Floats, /) -> Floats:
        return 1 / effective_number(class_draws, beta)

    return weights


_KINDS: Final[tuple[Kind[Weights], ...]] = (
    Kind(name="none", rule="1", make=lambda _: no_weights),
    Kind(name="inverse", rule="1 / q_c: every class has the same share of the loss", make=lambda _: inverse_weights),
    Kind(name="sqrt", rule="1 / sqrt(q_c): half-way", make=lambda _: sqrt_weights),
    Kind(
        name="effective",
        rule="1 / E(q_c), as in the strategy; Cui et al., CVPR 2019",
        argument="BETA",
        make=lambda text: effective_weights(float(text)),
    ),
)
WEIGHTS: Final[dict[str, Kind[Weights]]] = {kind.name: kind for kind in _KINDS}


def parse_weights(text: str, /) -> Weights:
    """The weights that a text like `effective:0.999` names.

    They are functions of draws per class, q_c, and not of rows: what the quotas balance is not balanced again. Under
    `natural` the two are the same.

    Raises:
        ConfigError: If there are none of that name, or beta is missing or out of range.

    >>> import numpy as np
    >>> parse_weights("inverse")(np.array([4.0, 2.0]))
    array([0.25, 0.5 ])
    """
    return make_kind(
        text, WEIGHTS, unknown="weights must have a known name or be a file", one="{name} weights", of="weights"
    )


def normalise_weights(weight: Floats, quota: NDArray[np.int64], /) -> Floats:
    """Scale weights of cells so that their mean over the draws of an epoch is 1.

    Raises:
        ConfigError: If everything that is drawn weighs 0, or weights lie too far apart for float32.

    >>> import numpy as np
    >>> normalise_weights(np.array([1.0, 3.0]), np.array([3, 1]))
    array([0.66666667, 2.        ])
    """
    import numpy as np

    if not weight[quota > 0].any():
        raise ConfigError("weights must be above 0 for something that is drawn; all of them are 0")
    largest, drawn = weight.max(), weight[quota > 0].max()
    if not (np.isfinite(largest) and largest / MOST <= drawn):
        raise ConfigError(f"weights must be at most {MOST:g} times what is drawn weighs; got {largest:g}")
    parts = weight / drawn
    scaled: Floats = parts / (float(parts @ quota) / float(quota.sum()))
    return scaled
