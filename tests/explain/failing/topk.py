"""Names of classes looked up as PaddleClas's Topk does, in a file of the same name."""

from __future__ import annotations


def names_of(ids: list[int], class_id_map: dict[int, str]) -> list[str]:
    """The name of each class."""
    return [class_id_map[number] for number in ids]
