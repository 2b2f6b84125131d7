"""How each framework names and turns the arrays of its weight files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from datatool.frameworks._types import Array


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Names and axes of one framework's weights.

    Attributes:
        name: Of the framework.
        suffixes: Of its own files.
        formats: What the metadata of safetensors files call it, the first when we write them.
        statistics: Last names of the mean and variance that a batch norm keeps.
        class_axis: Axis of a linear layer's weight along which its outputs run, the first or the last.
    """

    name: str
    suffixes: tuple[str, ...]
    formats: tuple[str, ...]
    statistics: tuple[str, str]
    class_axis: Literal[0, -1]

    def by_class(self, values: Array, /) -> Array:
        """A view of a classifier's weight or bias in which classes are the first axis.

        >>> import numpy as np
        >>> LAYOUTS["paddle"].by_class(np.zeros((512, 10))).shape
        (10, 512)
        >>> LAYOUTS["torch"].by_class(np.zeros((10, 512))).shape
        (10, 512)
        """
        return np.moveaxis(values, self.class_axis, 0)


PADDLE: Final = Layout(
    name="paddle",
    suffixes=(".pdparams",),
    formats=("pd", "paddle"),
    statistics=("_mean", "_variance"),
    class_axis=-1,
)
TORCH: Final = Layout(
    name="torch",
    suffixes=(".pth", ".pt"),
    formats=("pt",),
    statistics=("running_mean", "running_var"),
    class_axis=0,
)
LAYOUTS: Final = {layout.name: layout for layout in (PADDLE, TORCH)}
