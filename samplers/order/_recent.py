"""Remember the last few values of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """A function of one integer whose last ``size`` values are kept; unlike with `functools.lru_cache` it pickles."""

    def __init__(self, make: Callable[[int], T], /, *, size: int) -> None:
        self._make = make
        self._size = size
        self._known: dict[int, T] = {}

    def __call__(self, key: int, /) -> T:
        """The value at ``key``."""
        value = self._known.get(key)
        if value is None:
            value = self._known[key] = self._make(key)
            for old in list(self._known)[: -self._size]:
                self._known.pop(old, None)
        return value

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_known": {}}
