"""How each framework names and turns the arrays of its weight files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

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

    def first_classes(self, values: Array, num_classes: int, /) -> Array:
        """A view of the first classes of a classifier's weight or bias.

        >>> import numpy as np
        >>> LAYOUTS["paddle"].first_classes(np.zeros((512, 10)), 3).shape
        (512, 3)
        >>> LAYOUTS["torch"].first_classes(np.zeros((10, 512)), 3).shape
        (3, 512)
        """
        return values[:num_classes] if self.class_axis == 0 else values[..., :num_classes]


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
