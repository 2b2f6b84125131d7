"""Rows with made-up features in place of pictures, for what comes after a backbone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.probe import Probe, ProbeRows


def rows_of(labels: list[int], *, synthetic: int = 0) -> ProbeRows:
    """Rows of some classes, the last of them synthetic."""
    num = len(labels)
    source = ["real"] * (num - synthetic) + ["synthetic"] * synthetic
    texts = {name: np.array([name] * num, object) for name in ("file", "split")}
    paths = np.array([f"{number}.jpg" for number in range(num)], object)
    return ProbeRows(
        path=paths, locator=paths, line=np.arange(1, num + 1), label=np.array(labels, np.int64),
        source=np.array(source, object), names={0: "cat"}, **texts,
    )  # fmt: skip


def probe_of(rows: ProbeRows, features: NDArray[np.float32]) -> Probe:
    """A probe that has these features, also of the mirror images."""
    nothing: Any = None
    probe = Probe(
        rows=rows, unreadable=rows.some(np.zeros(0, np.int64)), shaped=features, backbone=nothing, model=nothing,
        home=Path(),
    )  # fmt: skip
    probe.__dict__["mirrored"] = features
    return probe


def clouds(labels: list[int], *, apart: float = 4.0, width: int = 16) -> NDArray[np.float32]:
    """Features of classes that lie some way apart."""
    random = np.random.default_rng(0)
    middle = apart * np.eye(max(labels) + 1, width)
    return (middle[labels] + random.normal(size=(len(labels), width)) + 3).astype(np.float32)
