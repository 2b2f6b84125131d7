"""What a strategy is, and what is to be said of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from datatool.samplers._kind import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from datatool.schemas.allocation import Counts


class Strategy(Protocol):
    """Wanted draws of each cell.

    Attributes:
        name: As given to `--strategy`, without its argument.
        counts_draws: Whether ``mass`` counts draws; otherwise it is shares, scaled to the length of the epoch.
    """

    name: ClassVar[str]
    counts_draws: ClassVar[bool]

    def mass(self, counts: Counts, /) -> NDArray[np.float64]:
        """Draws of each cell, or shares up to a factor, float64 (K,)."""
        ...


@runtime_checkable
class ChangingStrategy(Strategy, Protocol):
    """A strategy whose shares go in a straight line from epoch 0 to a later epoch, and stay there."""

    @property
    def epochs(self) -> int:
        """The number of epochs until shares stay."""
        ...

    def last(self, counts: Counts, /) -> NDArray[np.float64]:
        """Shares of each cell from epoch ``epochs - 1`` on, float64 (K,)."""
        ...


@dataclass(frozen=True, kw_only=True)
class StrategyKind(Kind[Strategy]):
    """A strategy with any argument.

    Attributes:
        with_target: Makes one with `--target`, a text or a number; None where that does not go with it.
        priced: The form whose costs an audit shows before anything is balanced; None for no line of its own.
        pictures: File stem -> what the picture in the docs shows, as given to `--strategy`.
    """

    with_target: Callable[[str | int], Strategy] | None = None
    priced: str | None = None
    pictures: Mapping[str, str] = field(default_factory=dict)
