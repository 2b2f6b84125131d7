"""An exported model, opened: its meta data and its compiled function."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from datatool.deploy._formats import Run, format_of
from datatool.errors import CheckpointError
from datatool.schemas import ModelMeta
from datatool.training import transform_loader

if TYPE_CHECKING:
    from datatool.loader import EvalLoader

META: Final = "model.meta.json"


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """A model as it will be used: images are read, cut and normalised by the transform saved with it.

    Attributes:
        meta: `model.meta.json`.
        run: float32 (N, 3, S, S) to logits, float32 (N, class_num).
    """

    meta: ModelMeta
    run: Run

    @classmethod
    def open(cls, folder: Path, /, *, num_threads: int | None = None, bfloat16: bool = False) -> Self:
        """Open what `datatool export` wrote.

        Args:
            folder: Holds `model.meta.json`.
            num_threads: Of the compiled model; None is one per usable CPU.
            bfloat16: Compute in it: faster on a CPU that has its instructions, logits some 1 % off the largest.

        Raises:
            CheckpointError: If the folder holds no exported model, or its meta data is malformed.
            ConfigError: If it holds weights only, or bfloat16 is asked of a machine or a format that has it not.
        """
        threads = num_threads or len(os.sched_getaffinity(0))
        return cls(meta=read_meta(folder), run=format_of(folder).open(folder, num_threads=threads, bfloat16=bfloat16))

    def loader(self, paths: list[str], /, *, batch_size: int, num_threads: int | None = None) -> EvalLoader:
        """Pictures in order, under the transform saved with the model."""
        return transform_loader(paths, None, self.meta.transform, batch_size=batch_size, num_threads=num_threads)

    def logits(self, paths: list[str], /, *, batch_size: int = 32) -> NDArray[np.float32]:
        """Logits of pictures that all can be read, float32 (N, class_num)."""
        with self.loader(paths, batch_size=batch_size) as loader:
            found: list[Any] = [self.run(batch.images) for batch in loader]
        return np.concatenate(found)


def read_meta(folder: Path, /) -> ModelMeta:
    """`model.meta.json` of an exported folder.

    Raises:
        CheckpointError: If it is missing or malformed.
    """
    file = folder / META
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise CheckpointError(
            f"a model folder must hold {META}; got '{folder}'", hint="make one with datatool export RUN -o DIR"
        ) from None
    except ValueError as error:
        raise CheckpointError(f"{META} must be JSON; got '{error}'", file=file) from None
    return ModelMeta.parse(value, file=file, error=CheckpointError)
