"""A reader of lists with cameras in the shape of PaddleClas's VeriWild, in a file of the same name."""

from __future__ import annotations

from pathlib import Path


def load_anno(path: Path) -> list[tuple[str, int, int]]:
    """Path, id and camera of each line."""
    parts = [line.split() for line in path.read_text().splitlines()]
    return [(part[0], int(part[1]), int(part[2])) for part in parts]
