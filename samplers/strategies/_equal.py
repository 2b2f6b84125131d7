"""`oversample` and `undersample`: the same number of draws for every class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from datatool.samplers.strategies._strategy import StrategyKind
from datatool.schemas import ConfigError, whole_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datatool.schemas.allocation import Counts


@dataclass(frozen=True, kw_only=True)
class Oversample:
    """Draws of class c: max n, or the target.

    With a target below a class's rows that class is drawn less often than it has rows.

    Attributes:
        target: Draws of every class; `max` or `median` of the rows per class, the median rounded to the nearest whole.

    >>> from datatool.samplers import Counts
    >>> Oversample(target="median").mass(Counts.of({0: {"real": 8}, 1: {"real": 2}}))
    array([5., 5.])
    """

    name: ClassVar[str] = "oversample"
    counts_draws: ClassVar[bool] = True
    target: int | Literal["max", "median"] = "max"

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, float64 (K,)."""
        return _equal(counts, self._draws(counts.class_rows))

    def _draws(self, class_rows: NDArray[np.float64]) -> float:
        if self.target == "max":
            return float(class_rows.max())
        if self.target == "median":
            from datatool.schemas.allocation import median

            return float(round(median(class_rows)))
        return float(self.target)


@dataclass(frozen=True, kw_only=True)
class Undersample:
    """Draws of class c: min n.

    The rows of one epoch differ from those of the next: the sampler goes through all of them before it repeats any.
    SUBY in Idrissi et al., Simple data balancing achieves competitive worst-group-accuracy, CLeaR 2022.

    >>> from datatool.samplers import Counts
    >>> Undersample().mass(Counts.of({0: {"real": 8}, 1: {"real": 2}}))
    array([2., 2.])
    """

    name: ClassVar[str] = "undersample"
    counts_draws: ClassVar[bool] = True

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, float64 (K,)."""
        return _equal(counts, float(counts.class_rows.min()))


def _equal(counts: Counts, draws: float) -> NDArray[np.float64]:
    import numpy as np

    return counts.spread(np.full(len(counts.classes), draws))


def _with_target(target: str | int) -> Oversample:
    if target == "max":
        return Oversample(target="max")
    if target == "median":
        return Oversample(target="median")
    draws = whole_number(str(target))
    if not draws:
        raise ConfigError(f"--target must be max, median or a number of draws; got '{target}'")
    return Oversample(target=draws)


OVERSAMPLE: Final = StrategyKind(
    name="oversample",
    rule="max n draws of every class, or `--target N`, `median` or `max`",
    make=lambda _: Oversample(),
    with_target=_with_target,
    priced="oversample",
    pictures={"oversample": "oversample", "oversample-median": "oversample --target median"},
)
UNDERSAMPLE: Final = StrategyKind(
    name="undersample",
    rule="min n draws of every class",
    make=lambda _: Undersample(),
    priced="undersample",
    pictures={"undersample": "undersample"},
)
