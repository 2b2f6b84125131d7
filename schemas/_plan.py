"""A plan folder: `plan.json` and `index.arrow`, and how one is opened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.schemas._display import framed, to_pandas
from datatool.schemas._errors import PlanError
from datatool.schemas._index import PlanIndex, file_digest
from datatool.schemas._shown import plural
from datatool.schemas._span import Container, Span
from datatool.schemas._url import is_url
from datatool.schemas.allocation import Limits, SourceMargins, between, limits_of, round_quotas, source_margins
from datatool.schemas.documents._plan import (
    AGAIN,
    INDEX_FILE,
    PAGE_FILE,
    PLAN_FILE,
    PlanDocument,
    check_totals,
    document_digest,
    read_document,
)


@dataclass(frozen=True, kw_only=True)
class IndexRows:
    """Some rows of the index, in the order asked for.

    Attributes:
        path: As written in the list.
        root: The folder each path is opened in, absolute.
        label: int64 (N,).
        source: N strings.
        weight: float32 (N,).
        span: Where each one's bytes are in a container; None for a file of its own.
    """

    path: list[str]
    root: list[str]
    label: NDArray[np.int64]
    source: list[str]
    weight: NDArray[np.float32]
    span: list[Span | None]


class Plan:
    """An opened plan folder; the index stays on disk, and rows are read from it as they are asked for.

    Attributes:
        folder: Where its files are on this machine.
        place: The folder, or the URL of which it is a copy: relative roots are taken from it.
    """

    def __init__(self, folder: Path, document: PlanDocument, /, *, place: str | None = None) -> None:
        self.folder = folder
        self.place = place or str(folder)
        self.strategy: dict[str, Any] = document.strategy
        self.seed = document.seed
        self.stats = document.stats
        self.content_digest = document.content_digest
        self.class_num = document.class_num
        self.names = document.names
        self.num_rows = document.num_rows
        self.epoch_size = document.epoch_size
        self.fingerprint = document.fingerprint
        self.cells = document.cells
        check_totals(folder / PLAN_FILE, document, self.cells)
        self._index: PlanIndex | None = PlanIndex(folder / INDEX_FILE, document, self.cells, base=place)

    @classmethod
    def open(cls, folder: Path | str, /, *, place: str | None = None) -> Plan:
        """Open a plan folder that `datatool balance` wrote.

        Args:
            folder: On this machine; one on a bucket is opened by `datatool.storage.open_plan`.
            place: The URL of which the folder is a copy.

        Raises:
            PlanError: If a file is missing, malformed, or index and plan do not belong together.
        """
        if is_url(folder):
            raise PlanError(
                f"a plan folder must lie on this machine to be opened here; got '{folder}'",
                hint="datatool.storage.open_plan(URL) opens one on a bucket",
            )
        folder = Path(folder)
        return cls(folder, read_document(folder / PLAN_FILE), place=place)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (self.folder, None if self.place == str(self.folder) else self.place)

    def to_arrow(self) -> Any:
        """A `pyarrow.Table` with a row for each cell: class, name, source, rows, quota, weight."""
        import pyarrow as pa

        cells = self.cells
        return pa.table(
            {
                "class": cells.label,
                "name": pa.array([(self.names or {}).get(label) for label in cells.label.tolist()], pa.string()),
                "source": list(cells.source),
                "rows": cells.num_rows,
                "quota": cells.quota,
                "weight": cells.weight,
            }
        )

    def to_pandas(self) -> Any:
        """The same as a `pandas.DataFrame`.

        Raises:
            MissingDependencyError: If pandas is not installed.
        """
        return to_pandas(self.to_arrow())

    def __repr__(self) -> str:
        name = self.strategy.get("name", "")
        return (
            f"<Plan: {self.place}; {name}, {plural(self.num_rows, 'row')} in {plural(len(self.cells.label), 'cell')}, "
            f"{plural(self.epoch_size, 'draw')} an epoch, class_num {self.class_num:,}>"
        )

    def _repr_html_(self) -> str | None:
        page = self.folder / PAGE_FILE
        return framed(page.read_text(encoding="utf-8"), title=f"Plan {self.folder.name}") if page.is_file() else None

    def close(self) -> None:
        """Let go of the open index: its rows can be read no more, all else can."""
        self._index = None

    @property
    def per_batch(self) -> tuple[int, int] | None:
        """(P, K): each batch is P classes of K images; None where batches are free."""
        value = self.strategy.get("per_batch")
        return None if value is None else (int(value[0]), int(value[1]))

    def quotas(self, epoch: int = 0, /) -> NDArray[np.int64]:
        """Draws of each cell in ``epoch``, int64 (K,), summing to ``epoch_size``.

        They differ between epochs only under `progressive`: (1 - t) x first + t x last with
        t = min(epoch / (E - 1), 1), rounded anew in each epoch.
        """
        if self._ends is None or epoch == 0:
            return self.cells.quota
        epochs, first, last = self._ends
        return round_quotas(
            between(first, last, epoch=epoch, epochs=epochs),
            self.cells.class_index,
            self._limits,
            total=self.epoch_size,
            seed=self.seed,
            margins=self._margins,
        )

    @property
    def settled(self) -> int:
        """First epoch from which on quotas stay as they are; 0 but under `progressive`."""
        return 0 if self._ends is None else max(self._ends[0] - 1, 1)

    def prior(self, epoch: int = 0, /) -> NDArray[np.float64]:
        """Share of each class in ``epoch``, float64 (class_num,); 0 for classes without rows."""
        totals = np.bincount(self.cells.label, weights=self.quotas(epoch), minlength=self.class_num)
        shares: NDArray[np.float64] = totals / max(totals.sum(), 1.0)
        return shares

    def rows(self, rows: NDArray[np.int64], /) -> IndexRows:
        """Read rows of the index by number, int64 (N,) in [0, num_rows).

        Raises:
            IndexError: If a number is outside the index.
            PlanError: If the index was cut or changed since it was opened.
        """
        rows = np.asarray(rows, np.int64)
        if len(rows) and not (rows.min() >= 0 and rows.max() < self.num_rows):
            raise IndexError(f"rows must lie in [0, {self.num_rows}); got {rows.min()} to {rows.max()}")
        cell = np.searchsorted(self.cells.start, rows, side="right") - 1
        index = self._opened()
        read = index.read(rows.tolist())
        return IndexRows(
            path=[path for path, _ in read],
            root=[root for _, root in read],
            label=self.cells.label[cell],
            source=[self.cells.source[c] for c in cell.tolist()],
            weight=self.cells.weight[cell].astype(np.float32),
            span=index.spans(rows.tolist()),
        )

    @cached_property
    def roots(self) -> list[str]:
        """The folders that rows are opened in, absolute and sorted; reads the root of every row once."""
        return self._opened().roots()

    @property
    def containers(self) -> list[Container]:
        """The files that hold images of this plan, as they were when it was made."""
        return self._opened().containers

    def _opened(self) -> PlanIndex:
        if self._index is None:
            raise PlanError("a plan must be open for its rows to be read; got a closed one", file=self.folder)
        return self._index

    @cached_property
    def _ends(self) -> tuple[int, NDArray[np.float64], NDArray[np.float64]] | None:
        """Number of epochs, and ideal quotas of the first and the last one, of a progressive plan."""
        if "ends" not in self.strategy:
            return None
        first, last = (np.array(end, np.float64) for end in self.strategy["ends"])
        return int(self.strategy["epochs"]), first, last

    @cached_property
    def _limits(self) -> Limits:
        return limits_of(
            self.cells,
            total=self.epoch_size,
            max_repeat=self.strategy.get("max_repeat"),
            synthetic_cap=self.strategy.get("synthetic_cap"),
            unit=self.per_batch[1] if self.per_batch else 1,
        )

    @cached_property
    def _margins(self) -> SourceMargins | None:
        prefix = "*/"
        shares = {
            name.removeprefix(prefix): share
            for name, share in self.strategy.get("shares", {}).items()
            if name.startswith(prefix)
        }
        return source_margins(self.cells.source, shares) if shares else None


def _reopened(folder: Path, place: str | None) -> Plan:
    return Plan.open(folder, place=place)


def verify_plan(folder: Path, /) -> list[str]:
    """Check every byte of a plan folder; returns the files that have no digest, as plans of earlier versions.

    Raises:
        PlanError: If the plan does not open, or a file is not as it was written, naming the file.
    """
    document = read_document(folder / PLAN_FILE)
    Plan(folder, document)
    without = []
    for name, said, find in (
        (PLAN_FILE, document.document_digest, document_digest),
        (INDEX_FILE, document.index_digest, file_digest),
    ):
        if said is None:
            without.append(name)
        elif find(folder / name, said) != said:
            raise PlanError(f"{name} must be as written; got other bytes", file=folder / name, hint=AGAIN)
    return without
