"""Rows of a data set as arrays, each with where its picture is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.rows import NO_GROUPS, Grouping, Rows
from datatool.schemas import SYNTHETIC, DatasetError
from datatool.storage import Locator, locate_all


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbeRows:
    """Rows in the order of their lists.

    Attributes:
        path: N strings, as written.
        locator: N of where the pictures are.
        file: N strings, where each was listed.
        line: int64 (N,), there.
        label: int64 (N,), class ids.
        source: N strings.
        split: N strings.
        names: Class names by id.
        group: N names of groups, None where a row belongs to none; None where nothing is grouped.
    """

    path: NDArray[np.object_]
    locator: NDArray[np.object_]
    file: NDArray[np.object_]
    line: NDArray[np.int64]
    label: NDArray[np.int64]
    source: NDArray[np.object_]
    split: NDArray[np.object_]
    names: Mapping[int, str]
    group: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.path)

    @cached_property
    def synthetic(self) -> NDArray[np.bool_]:
        """Bool (N,)."""
        return np.asarray(self.source == SYNTHETIC, np.bool_)

    @cached_property
    def classes(self) -> NDArray[np.int64]:
        """int64 (K,), class ids that have rows, ascending."""
        return np.unique(self.label)

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """int64 (N,), the place of each row's class in ``classes``."""
        return np.searchsorted(self.classes, self.label)

    def name(self, label: int, /) -> str:
        """Of a class; its id where it has none."""
        return self.names.get(label, str(label))

    @property
    def locators(self) -> list[Locator]:
        """Where the pictures are."""
        found: list[Locator] = self.locator.tolist()
        return found

    def some(self, chosen: NDArray[Any], /) -> ProbeRows:
        """The rows at some places, or where a mask is true."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: part[chosen] for name, part in parts.items() if isinstance(part, np.ndarray)})


def probe_rows(rows: Rows, /, *, split: str | None = None, grouping: Grouping = NO_GROUPS) -> ProbeRows:
    """Usable rows, of one split or of all.

    Args:
        rows: From `open_rows`.
        split: None is all.
        grouping: What belongs together.

    Raises:
        DatasetError: If there is none, or none has a group.
    """
    connection = rows.read()
    rows.group(grouping)
    columns = "path, root::VARCHAR, rows.file::VARCHAR, rows.line, label, source::VARCHAR, split::VARCHAR"
    named = "LEFT JOIN row_groups g ON g.file = rows.file::VARCHAR AND g.line = rows.line" if grouping else ""
    where = "" if split is None else "WHERE split = ?"
    found = connection.execute(
        f"SELECT {columns}, {'g.name' if grouping else 'NULL'} FROM rows {named} {where} "  # noqa: S608 - our own words
        "ORDER BY rows.file, rows.line",
        [] if split is None else [split],
    ).fetchall()
    if not found:
        said = "" if split is None else f" in the split '{split}'"
        raise DatasetError(f"a data set must have a usable row{said}; got none", hint="see why with datatool audit")
    path, root, file, line, label, source, split_, group = map(list, zip(*found, strict=True))
    return ProbeRows(
        path=_objects(path),
        locator=_objects(locate_all(root, path)),
        file=_objects(file),
        line=np.array(line, np.int64),
        label=np.array(label, np.int64),
        source=_objects(source),
        split=_objects(split_),
        names=dict(rows.names or {}),
        group=_objects(group) if grouping else None,
    )


def _objects(values: list[Any]) -> NDArray[np.object_]:
    array = np.empty(len(values), np.object_)
    array[:] = values
    return array
