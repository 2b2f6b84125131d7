"""Lists of paths whose images nobody opens, and plans made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from datatool.schemas import Plan

WriteList = Callable[..., Path]
MakePlan = Callable[..., Plan]


def rows(classes: dict[int, int], *, folder: str = "real", start: int = 0) -> str:
    """A list with so many rows per class, every path its own."""
    return "".join(
        f"{folder}/{label}/{number + start}.jpg {label}\n"
        for label, count in classes.items()
        for number in range(count)
    )
