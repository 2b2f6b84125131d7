"""Ids of lists, and what `relabel: True` makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datatool.paddleclas._findings import RELABEL_DIFFERS
from datatool.paddleclas._lists import ListEntry
from datatool.rows import Rows
from datatool.schemas import ClasFinding, Example

_SHOWN = 10


def ids_of(rows: Rows, /) -> dict[str, list[int]]:
    """File -> its ids, in the order in which they are first seen."""
    found: dict[str, list[int]] = {}
    query = "SELECT file::VARCHAR, label FROM rows GROUP BY ALL ORDER BY min(line)"
    for file, label in rows.read().execute(query).fetchall():
        found.setdefault(file, []).append(int(label))
    return found


def relabelled(ids: Sequence[int], /) -> dict[int, int]:
    """Old id -> class, as PaddleClas numbers them: in the order of a set, which is no sorted one.

    >>> relabelled([1000, 7, 64])
    {1000: 0, 64: 1, 7: 2}
    """
    seen: set[int] = set()
    for label in ids:  # one by one: the order of a set depends on how it grew
        seen.add(label)
    return {label: place for place, label in enumerate(seen)}


def class_of(entry: ListEntry, ids: Sequence[int], /) -> dict[int, int]:
    """Old id -> the class that PaddleClas trains or measures."""
    return relabelled(ids) if entry.relabel else {label: label for label in ids}


def needed(entry: ListEntry, ids: Sequence[int], /) -> int:
    """Outputs that the rows of a list need; 0 without rows."""
    return 1 + max(class_of(entry, ids).values(), default=-1)


def check_relabel(listed: Mapping[str, tuple[ListEntry, Sequence[int]]], /) -> ClasFinding | None:
    """Whether the lists of a model give every id one class.

    Args:
        listed: File -> its entry and its ids, of Train and Eval.
    """
    pairs = list(listed.items())
    if len(pairs) < 2 or not any(entry.relabel for _, (entry, _) in pairs):
        return None
    _, (first, base) = pairs[0]
    examples, count = [], 0
    for file, (entry, ids) in pairs[1:]:
        found = _differences((first, class_of(first, base)), (entry, class_of(entry, ids)))
        count += len(found)
        examples += [Example(file=file, text=f"id {label}", reason=reason) for label, reason in found]
    if not count:
        return None
    sections = [entry.section for _, (entry, _) in pairs]
    return RELABEL_DIFFERS.found(
        f"relabel numbers each list by itself, and {count:,} ids do not get the same class in {' and '.join(sections)}",
        keys=[f"{entry.section}.dataset.relabel" for _, (entry, _) in pairs if entry.relabel],
        count=count,
        hint="number the ids once for all lists with datatool relabel, and set relabel to False",
        examples=examples[:_SHOWN],
    )


def _differences(
    first: tuple[ListEntry, dict[int, int]], other: tuple[ListEntry, dict[int, int]]
) -> list[tuple[int, str]]:
    (entry, base), (second, ids) = first, other
    found = []
    for label in sorted({*base, *ids}):
        here, there = (_said(base, label), _said(ids, label))
        if here != there:
            found.append((label, f"{here} in {entry.section}, {there} in {second.section}"))
    return found


def _said(classes: Mapping[int, int], label: Any) -> str:
    return f"class {classes[label]}" if label in classes else "absent"
