"""Batches as other people's loops take them: mappings for Lightning and the Trainer of Hugging Face, lists for Paddle.

Each is an iterable with a length, `set_epoch`, `state_dict` and `load_state_dict`; what a loop does to resume works:

* Lightning keeps the state in its checkpoints and goes on in mid-epoch. What it tells ``sampler`` of epochs is not
  heard: its count is one ahead in a checkpoint that was written after training had stopped inside an epoch.
* The Trainer of Hugging Face names the epoch, and skips steps through ``dataset`` and ``batch_sampler``: a step is made
  from its number, so that those which are skipped are not decoded.
* `paddle.Model.fit` iterates once an epoch; load the state before it is called again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Generic, Self, TypeVar

from datatool.adapters._samplers import require_rows_for_all
from datatool.loader import BalancedLoader, Batch
from datatool.schemas import ConfigError, Plan

_Given = TypeVar("_Given")
_FIELDS: Final = ("images", "labels", "weights", "partner_labels", "shares", "rows", "positions")
_TORCH: Final = {name: name for name in _FIELDS[:5]}  # without what stays on the host
_PADDLE: Final = ("images", "labels")  # input and label, as `paddle.Model` takes them unless it is told otherwise


def torch_batches(
    plan: Plan | Path | str, /, *, names: Mapping[str, str] = _TORCH, **options: Any
) -> PlanBatches[dict[str, Any]]:
    """Batches as mappings of tensors, for Lightning, the Trainer of Hugging Face or any loop of PyTorch.

    Args:
        plan: A plan folder, or an opened plan.
        names: Field of a `Batch` -> its key; fields that are not named are left out. A model of Hugging Face takes
            ``{"images": "pixel_values", "labels": "labels"}``.
        options: Options of `BalancedLoader` but ``framework``.

    Raises:
        ConfigError: If a field or an option is unknown, or the weights are left out though a rank has a place without
            a row.
    """
    _check_fields(names)
    keys = dict(names)

    def give(batch: Batch) -> dict[str, Any]:
        given = {key: getattr(batch, field) for field, key in keys.items()}
        return {key: value for key, value in given.items() if value is not None}

    return PlanBatches(_loader(plan, "torch", options, fields=names), give)


def paddle_batches(
    plan: Plan | Path | str, /, *, fields: Sequence[str] = _PADDLE, **options: Any
) -> PlanBatches[list[Any]]:
    """Batches as lists of tensors, for `paddle.Model.fit` or any loop of Paddle.

    Args:
        plan: A plan folder, or an opened plan.
        fields: Fields of a `Batch` in the order of the inputs and labels of the model.
        options: Options of `BalancedLoader` but ``framework``.

    Raises:
        ConfigError: As `torch_batches`.
    """
    _check_fields(fields)
    order = tuple(fields)
    return PlanBatches(
        _loader(plan, "paddle", options, fields=fields), lambda batch: [getattr(batch, field) for field in order]
    )


def _check_fields(fields: Mapping[str, str] | Sequence[str]) -> None:
    for field in fields:
        if field not in _FIELDS:
            raise ConfigError(f"a field of a batch must be one of {', '.join(_FIELDS)}; got '{field}'")


def _loader(
    plan: Plan | Path | str, framework: str, options: Mapping[str, Any], *, fields: Mapping[str, str] | Sequence[str]
) -> BalancedLoader:
    if "framework" in options:
        raise ConfigError(f"framework must be left out: it is {framework}")
    loader = BalancedLoader(plan, **{**options, "framework": framework})
    try:
        if "weights" not in fields:
            require_rows_for_all(loader.sampler)
    except ConfigError:
        loader.close()
        raise
    return loader


class PlanBatches(Generic[_Given]):
    """The batches of a plan, epoch by epoch; made by `torch_batches` or `paddle_batches`.

    Args:
        loader: Where they come from.
        give: Makes of a batch what the loop takes.

    Attributes:
        loader: With `errors`, `stats` and the plan.
        batch_size: Rows of a batch on this rank.
        drop_last: Whether an epoch's last batch is left out where it is not whole.
        num_workers: 0: there is no process to start, the loader has threads of its own.
        prefetch_factor: None, which goes with no process.
        dataset: Whole batches by `(epoch, step)`, for a loop that makes a data loader of its own to skip steps.
        batch_sampler: Their `(epoch, step)`, and where such a loop says which epoch comes.
        sampler: The same.
    """

    num_workers: Final = 0
    prefetch_factor: Final = None

    def __init__(self, loader: BalancedLoader, give: Callable[[Batch], _Given], /) -> None:
        self.loader = loader
        self.batch_size = loader.sampler.shards.batch_size
        self.drop_last = loader.sampler.shards.drop_last
        self.dataset = _Steps(loader, give)
        self.batch_sampler = self.sampler = _Numbers(loader)
        self._give = give

    def __iter__(self) -> Iterator[_Given]:
        """Yield the batches of the epoch after the last begun, or, once, of the one given to `set_epoch`."""
        return (self._give(batch) for batch in iter(self.loader))

    def __len__(self) -> int:
        return len(self.loader)

    def set_epoch(self, epoch: int, /) -> None:
        """Choose the epoch of the next pass."""
        self.batch_sampler.set_epoch(epoch)
        self.loader.set_epoch(epoch)

    @staticmethod
    def collate_fn(batch: _Given, /) -> _Given:
        """A batch that is whole already."""
        return batch

    def state_dict(self) -> dict[str, Any]:
        """Where the running pass stands; plain JSON values."""
        return self.loader.state_dict()

    def load_state_dict(self, state: Mapping[str, Any], /) -> None:
        """Go on where another run stood, in the middle of an epoch too.

        Raises:
            LoaderError: If plan, seed, total batch or window are others.
        """
        self.loader.load_state_dict(state)

    def close(self) -> None:
        """Free threads, memory and the index."""
        self.loader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Numbers:
    """`(epoch, step)` of every step of an epoch, as a sampler of batches yields indices."""

    def __init__(self, loader: BalancedLoader, /) -> None:
        self._loader = loader
        self._epoch = 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        epoch = self._epoch
        return ((epoch, step) for step in range(len(self._loader)))

    def __len__(self) -> int:
        return len(self._loader)

    def set_epoch(self, epoch: int, /) -> None:
        """Choose the epoch of the next pass over these numbers."""
        self._epoch = operator.index(epoch)


class _Steps(Generic[_Given]):
    """Whole batches by `(epoch, step)`; one after the other they cost what they cost in a pass."""

    def __init__(self, loader: BalancedLoader, give: Callable[[Batch], _Given], /) -> None:
        self._loader = loader
        self._give = give
        self._next: tuple[int, int] | None = None
        self._batches: Iterator[Batch] = iter(())

    def __len__(self) -> int:
        """Rows of an epoch, which loops print."""
        return self._loader.plan.epoch_size

    def __getitem__(self, place: tuple[int, int], /) -> _Given:
        epoch, step = place
        if place != self._next:
            self._loader.load_state_dict({**self._loader.state_dict(), "epoch": epoch, "step": step})
            self._batches = self._loader.epoch(epoch)
        batch = next(self._batches)
        self._next = (epoch, step + 1)
        return self._give(batch)

    __getitems__ = __getitem__  # how PyTorch asks for what a sampler of batches yields
