"""Callables that worker processes can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np


class NegateAndMark:
    """Inverts, and writes the seed and the process into the corner."""

    def __call__(self, image: np.ndarray, seed: int) -> np.ndarray:
        changed = 255 - image
        changed[0, 0] = [seed % 251, 1, 2]
        return changed


class DieOnce:
    """Kills its process when it first sees a picture; the file says whether it has."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(self, image: np.ndarray, seed: int) -> np.ndarray:
        if seed == 5 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return image


class MarkSeed:
    """Dies, hangs or raises for one seed."""

    def __init__(self, what: str, seed: int) -> None:
        self.what = what
        self.seed = seed

    def __call__(self, image: np.ndarray, seed: int) -> Any:
        if seed == self.seed:
            if self.what == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.what == "hang":
                time.sleep(60)
            if self.what == "shape":
                return image[1:]
            raise ValueError("no good")
        return image


class NeverDecodes:
    """Has the worker that it is sent to decode files of one size for ever."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __setstate__(self, state: dict[str, int]) -> None:
        from datatool.pipelines import _sample

        self.__dict__.update(state)
        plain = vars(_sample)["decode_scaled"]

        def decode_scaled(data: bytes, *arguments: Any, **options: Any) -> Any:
            while len(data) == self.size:
                pass
            return plain(data, *arguments, **options)

        vars(_sample)["decode_scaled"] = decode_scaled

    def __call__(self, image: np.ndarray, seed: int) -> np.ndarray:
        return image


class Slow:
    """Takes its time."""

    def __call__(self, image: np.ndarray, seed: int) -> np.ndarray:
        time.sleep(0.1)
        return image


class FailsToLoad:
    """Cannot be unpickled."""

    def __reduce__(self) -> Any:
        return _fail, ()

    def __call__(self, image: np.ndarray, seed: int) -> np.ndarray:
        return image


def _fail() -> None:
    raise ImportError("a library of the transform is missing")
