"""The counts that every check looks at, taken once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from datatool.schemas import TRAIN


@dataclass(frozen=True, kw_only=True)
class Census:
    """Rows per split, class and source.

    Attributes:
        cells: split -> class -> source -> rows.
    """

    cells: Mapping[str, Mapping[int, Mapping[str, int]]] = field(default_factory=dict)

    @classmethod
    def take(cls, connection: Any, /) -> Census:
        """Count the table ``rows``."""
        cells: dict[str, dict[int, dict[str, int]]] = {}
        for split, label, source, rows in connection.execute(
            "SELECT split, label, source, count(*) FROM rows GROUP BY ALL ORDER BY split, label, source"
        ).fetchall():
            cells.setdefault(split, {}).setdefault(label, {})[source] = rows
        return cls(cells=cells)

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """Ids that have rows in any split, ascending."""
        return tuple(sorted({label for classes in self.cells.values() for label in classes}))

    @property
    def num_rows(self) -> int:
        """Usable rows over all splits."""
        return sum(sum(sources.values()) for classes in self.cells.values() for sources in classes.values())

    @property
    def class_num(self) -> int:
        """Max id + 1 over all splits; 0 without rows (Q2.1)."""
        return self.ids[-1] + 1 if self.ids else 0

    @property
    def missing_id_count(self) -> int:
        """Ids from 0 to the largest that have no row."""
        return self.class_num - len(self.ids)

    def missing_ranges(self, limit: int, /) -> list[tuple[int, int]]:
        """The first ``limit`` runs of missing ids, both ends included."""
        runs = []
        expected = 0
        for label in self.ids:
            if label > expected:
                runs.append((expected, label - 1))
                if len(runs) == limit:
                    break
            expected = label + 1
        return runs

    def missing_ids(self, limit: int, /) -> list[int]:
        """The first ``limit`` missing ids."""
        found: list[int] = []
        for first, last in self.missing_ranges(limit):
            found.extend(range(first, min(last + 1, first + limit - len(found))))
            if len(found) == limit:
                break
        return found

    @cached_property
    def main_split(self) -> str | None:
        """The split that is trained on: train, or the only one."""
        if TRAIN in self.cells:
            return TRAIN
        return next(iter(self.cells)) if len(self.cells) == 1 else None

    @cached_property
    def main(self) -> Mapping[int, Mapping[str, int]]:
        """Rows per class and source of the main split."""
        return {} if self.main_split is None else self.cells[self.main_split]

    @cached_property
    def totals(self) -> dict[int, int]:
        """Rows per class of the main split."""
        return {label: sum(sources.values()) for label, sources in self.main.items()}

    @property
    def imbalance_ratio(self) -> float | None:
        """Largest over smallest class of the main split."""
        return max(self.totals.values()) / min(self.totals.values()) if self.totals else None
