"""Checkpoints: whole or not there, recognised when torn, the newest and the best kept."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.errors import CheckpointError
from datatool.frameworks import Array
from datatool.models import check_finite, format_of
from datatool.schemas import RunState, atomic_folder
from datatool.trainers import TrainerState

MODEL: Final = "model.safetensors"
OPTIMIZER: Final = "optimizer.safetensors"
STATE: Final = "state.json"
BEST: Final = "balanced_accuracy"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A whole checkpoint, read."""

    folder: Path
    state: RunState
    trainer: TrainerState

    def check_finite(self) -> None:
        """Look for values that are not finite, which nothing good can go on from.

        Raises:
            CheckpointError: Naming the first tensor that holds one, and its file.
        """
        check_finite(self.trainer.model, self.folder / MODEL)
        check_finite(self.trainer.optimizer, self.folder / OPTIMIZER)


def save_checkpoint(folder: Path, trainer: TrainerState, state: RunState, /) -> None:
    """Write a checkpoint folder all or nothing.

    Raises:
        CheckpointError: If the disk is full; what was there before stays.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save

    try:
        with atomic_folder(folder) as temporary:
            digests = {}
            for name, arrays in ((MODEL, trainer.model), (OPTIMIZER, trainer.optimizer)):
                data = save(_plain(arrays), metadata={"format": format_of(trainer.framework)})
                (temporary / name).write_bytes(data)
                digests[name] = hashlib.blake2b(data, digest_size=16).hexdigest()
            whole = state.model_copy(update={"files": digests, "trainer": dict(trainer.extra)})
            (temporary / STATE).write_text(whole.to_json(), encoding="utf-8")
    except (OSError, SafetensorError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        last = newest(folder.parent)
        kept = "there is none before it" if last is None else f"{last.name} is whole and kept"
        raise CheckpointError(
            f"{folder.name} must fit on the disk; got '{error}' while writing it, {kept}",
            hint="make room and run datatool train RECIPE --resume",
        ) from None


def read_checkpoint(folder: Path, /) -> Checkpoint:
    """Read and verify a checkpoint.

    Raises:
        CheckpointError: If a file is missing or its content is not what was written.
    """
    state = read_state(folder)
    tensors: dict[str, dict[str, Array]] = {}
    for name in (MODEL, OPTIMIZER):
        try:
            data = (folder / name).read_bytes()
        except OSError as error:
            raise _torn(folder, f"{name}: {error.strerror}") from None
        if hashlib.blake2b(data, digest_size=16).hexdigest() != state.files.get(name):
            raise _torn(folder, f"{name} has other content")
        tensors[name] = _tensors(data, folder / name)
    trainer = TrainerState(model=tensors[MODEL], optimizer=tensors[OPTIMIZER], extra=state.trainer)
    return Checkpoint(folder=folder, state=state, trainer=trainer)


def read_state(folder: Path, /) -> RunState:
    """`state.json` of a checkpoint.

    Raises:
        CheckpointError: If it is missing or not whole.
    """
    from pydantic import ValidationError

    if not folder.is_dir():
        there = sorted(each.name for each in folder.parent.iterdir()) if folder.parent.is_dir() else []
        raise CheckpointError(
            f"a checkpoint must be one of its run's; got '{folder.name}'",
            file=folder.parent,
            hint=f"there are {', '.join(there[-5:])}" if there else None,
        )
    try:
        return RunState.model_validate_json((folder / STATE).read_bytes())
    except OSError as error:
        raise _torn(folder, f"{STATE}: {error.strerror}") from None
    except ValidationError as error:
        raise _torn(folder, f"{STATE}: {error.errors()[0]['msg']}") from None


def steps(checkpoints: Path, /) -> list[Path]:
    """Checkpoint folders, oldest first, whole or not."""
    found = [path for path in checkpoints.glob("step_*") if path.name.removeprefix("step_").isdecimal()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step_")))


def newest(checkpoints: Path, /) -> Path | None:
    """The newest folder with a readable state, or None."""
    for folder in reversed(steps(checkpoints)):
        try:
            read_state(folder)
        except CheckpointError:
            continue
        return folder
    return None


def best(checkpoints: Path, /) -> Path | None:
    """The folder with the highest balanced accuracy, the earlier one where equal; None without evaluations."""
    scored = [(state.metrics[BEST], folder) for folder, state in _states(checkpoints) if BEST in state.metrics]
    return max(scored, key=lambda item: item[0])[1] if scored else None


def prune(checkpoints: Path, /, *, keep: int) -> None:
    """Remove all but the newest ``keep`` and the best, and what killed writers left."""
    kept = {*steps(checkpoints)[-keep:], best(checkpoints)}
    for folder in steps(checkpoints):
        if folder not in kept:
            shutil.rmtree(folder)
    for left in checkpoints.glob(".step_*"):
        shutil.rmtree(left, ignore_errors=True)


def _states(checkpoints: Path) -> list[tuple[Path, RunState]]:
    states = []
    for folder in steps(checkpoints):
        try:
            states.append((folder, read_state(folder)))
        except CheckpointError:
            continue
    return states


def _plain(arrays: Mapping[str, Array]) -> dict[str, Array]:
    import numpy as np

    return {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}


def _tensors(data: bytes, file: Path) -> dict[str, Array]:
    from safetensors.numpy import load

    try:
        tensors: dict[str, Array] = load(data)
    except Exception as error:  # noqa: BLE001 - digests are no proof against a file made with its own; numpy may refuse
        raise _torn(file.parent, f"{file.name}: {error}") from None
    return tensors


def _torn(folder: Path, what: str) -> CheckpointError:
    return CheckpointError(f"a checkpoint must be whole; {folder.name} is torn ({what})", file=folder)
