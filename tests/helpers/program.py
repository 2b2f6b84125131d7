"""The checkout, and the program that tests run from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one run of the program ended."""

    code: int
    out: str
    err: str


Cli = Callable[..., Result]
