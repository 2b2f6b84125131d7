"""Classes of a head whose rows stay as they are while the others train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.frameworks import Array, Framework


class HeldRows:
    """Rows of a classifier that decay and momentum would move too.

    Attributes:
        rows: Classes that are held.

    Args:
        kit: Of the classifier.
        classifier: Its last linear layer; None where nothing is held.
        rows: Classes to hold as they are now.
    """

    def __init__(self, kit: Framework, classifier: Any, rows: Sequence[int], /) -> None:
        self.rows = list(rows)
        self._kit = kit
        self._parameters: dict[str, Any] = kit.own_parameters(classifier) if self.rows else {}
        self._values: dict[str, Array] = {name: kit.array(tensor) for name, tensor in self._parameters.items()}
        self._mask: NDArray[np.bool_] = np.zeros(0, np.bool_)
        if self.rows:
            self._mask = np.isin(np.arange(kit.linear_shape(classifier)[1]), self.rows)

    def restore(self) -> None:
        """Put them back."""
        for name, parameter in self._parameters.items():
            self._kit.hold_rows(parameter, self._values[name], self._mask)


def rows_of(kept: int | Sequence[int], /) -> list[int]:
    """Classes as a checkpoint has them: a list, or how many from the first on."""
    return list(range(kept)) if isinstance(kept, int) else [int(row) for row in kept]
