"""A moving average of the weights of a stage, which is what is evaluated, saved and exported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from datatool.errors import CheckpointError
from datatool.frameworks import Array, Framework

_LIVE: Final = "/live"  # what a checkpoint calls the weights that training goes on with


class Average:
    """The exponential moving average of everything that a stage moves.

    After step t, counted from 1, the average moves by 1 - min(decay, (1 + t) / (10 + t)) of the way to the weights:
    the bound keeps the first weights from weighing for 1 / (1 - decay) steps (Abadi et al. 2016, the `num_updates` of
    TensorFlow's ExponentialMovingAverage). Running statistics of batch norm are averaged with the weights they belong
    to.

    Args:
        kit: Of the tensors.
        tensors: Trained parameters and the statistics that move with them, by full name.
        decay: Of the average, in (0, 1).
    """

    def __init__(self, kit: Framework, tensors: Mapping[str, Any], /, *, decay: float) -> None:
        self._kit = kit
        self._tensors = {name: tensor for name, tensor in tensors.items() if "float" in str(tensor.dtype)}
        self._decay = decay
        self._average = {name: kit.clone(tensor) for name, tensor in self._tensors.items()}
        self._live: dict[str, Array] | None = None
        self.num_steps = 0

    def follow(self) -> None:
        """Count one step of the weights, which are in the model."""
        self.num_steps += 1
        share = 1 - min(self._decay, (1 + self.num_steps) / (10 + self.num_steps))
        for name, tensor in self._tensors.items():
            self._kit.move_towards(self._average[name], tensor, share)

    def show(self) -> None:
        """Put the average into the model."""
        if self._live is None:
            self._live = {name: self._kit.array(tensor) for name, tensor in self._tensors.items()}
            self._fill(self.values())

    def hide(self) -> None:
        """Put the weights back that training goes on with, bit for bit."""
        if self._live is not None:
            self._fill(self._live)
            self._live = None

    def values(self) -> dict[str, Array]:
        """The average by full name."""
        return {name: self._kit.array(average) for name, average in self._average.items()}

    def live(self) -> dict[str, Array]:
        """The weights that training goes on with, under the names that a checkpoint has them by."""
        found = self._live
        if found is None:
            found = {name: self._kit.array(tensor) for name, tensor in self._tensors.items()}
        return {f"{name}{_LIVE}": array for name, array in found.items()}

    def load(self, live: Mapping[str, Array], /, *, num_steps: int) -> None:
        """Take the model as the average, and go on from ``live``; where that is empty, from the average itself.

        Raises:
            CheckpointError: If one of the weights is not in ``live``.
        """
        self._live = None
        for name, tensor in self._tensors.items():
            self._kit.assign(self._average[name], self._kit.array(tensor))
        self.num_steps = num_steps
        if live:
            lacking = next((name for name in self._tensors if f"{name}{_LIVE}" not in live), None)
            if lacking is not None:
                raise CheckpointError(f"a checkpoint must hold the weights behind its average; '{lacking}' is missing")
            self._fill({name: live[f"{name}{_LIVE}"] for name in self._tensors})

    def _fill(self, values: Mapping[str, Array]) -> None:
        for name, tensor in self._tensors.items():
            self._kit.assign(tensor, values[name])


def split_live(arrays: Mapping[str, Array], /) -> tuple[dict[str, Array], dict[str, Array]]:
    """Tensors of an optimizer's file as accumulators and weights behind an average."""
    live = {name: array for name, array in arrays.items() if name.endswith(_LIVE)}
    return {name: array for name, array in arrays.items() if name not in live}, live
