"""PaddleClas's rules, written a second time for tests: overrides and the reading of a list.

Values are evaluated here, as PaddleClas does, since every text comes from the tests themselves.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml


def applied(file: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """The tree of a YAML after overrides."""
    tree: dict[str, Any] = yaml.safe_load(file.read_text())
    for text in overrides:
        pair = text.split("=")
        assert len(pair) == 2, "there can be only a = in the option"
        keys = pair[0].split(".")
        place: Any = tree
        for key in keys[:-1]:
            place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
        place[keys[-1]] = _evaluated(pair[1])
    return tree


def rows_of(dataset: dict[str, Any]) -> list[tuple[str, int]]:
    """Path and label of each line, as `ImageNetDataset` reads it without relabel."""
    assert not dataset.get("relabel")
    rows = []
    with open(dataset["cls_label_path"]) as lines:
        for line in lines:
            columns = line.strip().split(dataset.get("delimiter") or " ")
            rows.append((os.path.join(dataset["image_root"], columns[0]), int(columns[1])))
    return rows


def _evaluated(text: str) -> Any:
    try:
        return eval(text)
    except Exception:  # noqa: BLE001 - as there
        return text
