"""An exported model, opened: its meta data and its compiled function."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from datatool.deploy._digests import check_digests
from datatool.deploy._formats import Run, format_of
from datatool.deploy._logits import Logits
from datatool.errors import CheckpointError, DatasetError, DatatoolError
from datatool.evaluation import transform_loader
from datatool.schemas import ModelMeta

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
            CheckpointError: If the folder holds no exported model, a file of it is missing, torn or another one than
                was exported, or its meta data is malformed.
            ConfigError: If it holds weights only, or bfloat16 is asked of a machine or a format that has it not.
        """
        threads = num_threads or len(os.sched_getaffinity(0))
        meta = read_meta(folder)
        chosen = format_of(folder)
        check_digests(folder)
        try:
            run = chosen.open(folder, num_threads=threads, bfloat16=bfloat16)
        except DatatoolError:
            raise
        except Exception as error:  # whatever a runtime raises over a file that it cannot read
            reason = str(error).strip().partition("\n")[0]
            raise CheckpointError(f"a model must be one that can be opened; got '{reason}' ({folder})") from error
        return cls(meta=meta, run=run)

    def loader(self, paths: list[str], /, *, batch_size: int, num_threads: int | None = None) -> EvalLoader:
        """Pictures in order, under the transform saved with the model; what is missing is in its ``errors``."""
        return transform_loader(
            paths, None, self.meta.transform, batch_size=batch_size, num_threads=num_threads, look_first=False
        )

    def compute(self, images: Any, /) -> NDArray[np.float32]:
        """Logits of a batch, float32 (N, class_num).

        Raises:
            CheckpointError: If the model gives another number of them than its meta data says.
        """
        found: NDArray[np.float32] = self.run(images)
        if found.shape != (len(images), self.meta.class_num):
            raise CheckpointError(
                f"a model must give {self.meta.class_num} logits per image, its class_num; "
                f"got an output of shape {found.shape} for {len(images)} images"
            )
        return found

    def logits(self, paths: list[str], /, *, batch_size: int = 32) -> NDArray[np.float32]:
        """Logits of pictures, float32 (N, class_num).

        Raises:
            DatasetError: If one cannot be read.
        """
        found = self.marked_logits(paths, batch_size=batch_size)
        if not found.read.all():
            raise DatasetError(f"an image must be readable; got '{paths[int(found.read.argmin())]}'")
        return found.values

    def marked_logits(self, paths: list[str], /, *, batch_size: int = 32) -> Logits:
        """Logits of pictures, and which of them can be read."""
        with self.loader(paths, batch_size=batch_size) as loader:
            found = [(self.compute(batch.images), batch.weights > 0) for batch in loader]
        return Logits.joined(found)


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
    meta = ModelMeta.parse(value, file=file, error=CheckpointError)
    if len(meta.names) != meta.class_num:
        raise CheckpointError(
            f"{META} must have a name for each of {meta.class_num} classes; got {len(meta.names)}", file=file
        )
    return meta
