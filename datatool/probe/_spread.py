"""Features computed by the workers of a cluster, a chunk of pictures at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError
from datatool.features import run_list
from datatool.probe._backbone import Backbone
from datatool.probe._frozen import FrozenModel
from datatool.schemas import scratch_folder
from datatool.storage import Locator

Chunk = tuple[NDArray[np.float32], NDArray[np.bool_]]

_BUILT: Final[dict[str, FrozenModel]] = {}  # of this worker: building and compiling takes seconds


@dataclass(frozen=True, kw_only=True)
class FeatureTask:
    """A chunk of pictures to their features; picklable.

    Attributes:
        backbone: What they go through.
        class_num: Outputs of its head.
        key: Of the frozen layers, as they are where the command runs.
        mirrored: Whether of the mirror images.
    """

    backbone: Backbone
    class_num: int
    key: str
    mirrored: bool

    def __call__(self, pictures: list[Locator], /) -> Chunk:
        """Features float32 (N, *shape), and whether each picture could be read, bool (N,).

        Raises:
            ConfigError: If the frozen layers are others here.
        """
        if self.key not in _BUILT:
            with scratch_folder() as home:
                _BUILT[self.key] = self._built(pictures, home)
        return run_list(_BUILT[self.key].prefix, pictures, self.backbone.recipe.data, mirrored=self.mirrored)

    def _built(self, pictures: list[Locator], home: Path) -> FrozenModel:
        model = FrozenModel(self.backbone, pictures, class_num=self.class_num, home=home)
        if model.prefix.key != self.key:
            raise ConfigError(
                "the nodes of a cluster must have the same backbone and weights; a worker's are others",
                hint="run without --engine",
            )
        return model
