"""A plan folder: `plan.json` and `index.arrow` (DESIGN 4), and how one is opened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, JsonValue, with_config
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from datatool.schemas._base import Document
from datatool.schemas._errors import PlanError

if TYPE_CHECKING:
    import pyarrow as pa

PLAN_FILE: Final = "plan.json"
INDEX_FILE: Final = "index.arrow"
INDEX_COLUMNS: Final = ("path", "root", "label", "source", "weight", "file", "line")
INDEX_BATCH_ROWS: Final = 65_536  # every record batch but the last: row -> batch is a division
FINGERPRINT_KEY: Final = b"datatool.fingerprint"

# Functional form: "class" is a keyword. A TypedDict and not a model: a plan may hold 100,000 cells.
PlanCell = TypedDict("PlanCell", {"class": int, "source": str, "rows": int, "quota": int, "weight": float})
with_config(ConfigDict(extra="forbid"))(PlanCell)


class PlanStats(Document):
    """What an epoch of this plan looks like."""

    unique_per_epoch: int = Field(description="Rows seen at least once in epoch 0.")
    max_repeat: int = Field(description="Most often a row is drawn in epoch 0.")
    skipped_rows: int = Field(default=0, description="Rows left out as faulty or unreadable.")


class PlanDocument(Document):
    """`plan.json`."""

    schema_: Literal["datatool.plan/1"] = Field(default="datatool.plan/1", alias="schema")
    fingerprint: str = Field(description="BLAKE2b of rows and quotas, hexadecimal.")
    strategy: dict[str, JsonValue] = Field(description="`name`, and the options that shaped the quotas.")
    seed: int
    class_num: int
    names: dict[int, str] | None
    num_rows: int
    epoch_size: int
    cells: list[PlanCell]
    prior: dict[int, float] = Field(description="class -> share of the epoch, classes with rows only.")
    stats: PlanStats


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """The cells of a plan as arrays of length K, in the order of the index.

    Attributes:
        label: int64, class id.
        source: K strings.
        num_rows: int64, rows of the cell in the index, at least 1.
        quota: int64, draws in epoch 0.
        weight: float64, what one draw counts in the loss.
    """

    label: NDArray[np.int64]
    source: tuple[str, ...]
    num_rows: NDArray[np.int64]
    quota: NDArray[np.int64]
    weight: NDArray[np.float64]

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """int64 (K + 1,): the first row of each cell in the index, then the number of rows."""
        return np.concatenate([[0], np.cumsum(self.num_rows)])


@dataclass(frozen=True, kw_only=True)
class IndexRows:
    """Some rows of the index, in the order asked for.

    Attributes:
        path: As written in the list.
        root: The folder each path is opened in, absolute.
        label: int64 (N,).
        source: N strings.
        weight: float32 (N,).
    """

    path: list[str]
    root: list[str]
    label: NDArray[np.int64]
    source: list[str]
    weight: NDArray[np.float32]


class Plan:
    """An opened plan folder; the index stays on disk and is memory-mapped."""

    def __init__(self, folder: Path, document: PlanDocument, /) -> None:
        self.folder = folder
        self.document = document
        self.class_num = document.class_num
        self.names = document.names
        self.num_rows = document.num_rows
        self.epoch_size = document.epoch_size
        self.fingerprint = document.fingerprint
        self.cells = _cells(document)
        self._index = _open_index(folder / INDEX_FILE, document)
        self._batch = lru_cache(maxsize=256)(self._index.get_batch)

    @classmethod
    def open(cls, folder: Path | str, /) -> Plan:
        """Open a plan folder that `datatool balance` wrote.

        Raises:
            PlanError: If a file is missing, malformed, or index and plan do not belong together.
        """
        folder = Path(folder)
        file = folder / PLAN_FILE
        try:
            text = file.read_bytes()
        except OSError as error:
            raise PlanError(
                f"a plan must be a folder with {PLAN_FILE} and {INDEX_FILE}; got '{folder}' ({error.strerror})",
                hint="make one with datatool balance DATASET --out DIR",
            ) from None
        try:
            value = json.loads(text)
        except ValueError as error:
            raise PlanError(
                f"{PLAN_FILE} must be JSON; got '{error}'", file=file, hint="run datatool balance again"
            ) from None
        return cls(folder, PlanDocument.parse(value, file=file, error=PlanError))

    def quotas(self, epoch: int = 0, /) -> NDArray[np.int64]:
        """Draws of each cell in ``epoch``, int64 (K,)."""
        del epoch  # the same in every epoch
        return self.cells.quota

    def prior(self, epoch: int = 0, /) -> NDArray[np.float64]:
        """Share of each class in ``epoch``, float64 (class_num,); 0 for classes without rows."""
        totals = np.bincount(self.cells.label, weights=self.quotas(epoch), minlength=self.class_num)
        shares: NDArray[np.float64] = totals / max(totals.sum(), 1.0)
        return shares

    def rows(self, rows: NDArray[np.int64], /) -> IndexRows:
        """Read rows of the index by number, int64 (N,) in [0, num_rows)."""
        path: list[str] = []
        root: list[str] = []
        source: list[str] = []
        label = np.empty(len(rows), np.int64)
        weight = np.empty(len(rows), np.float32)
        for place, row in enumerate(rows.tolist()):
            batch = self._batch(row // INDEX_BATCH_ROWS)
            at = row % INDEX_BATCH_ROWS
            path.append(batch.column(0)[at].as_py())
            root.append(self._root(batch.column(1)[at].as_py()))
            label[place] = batch.column(2)[at].as_py()
            source.append(batch.column(3)[at].as_py())
            weight[place] = batch.column(4)[at].as_py()
        return IndexRows(path=path, root=root, label=label, source=source, weight=weight)

    def _root(self, root: str) -> str:
        """Roots are relative to the plan folder, or absolute."""
        return str((self.folder / root).resolve())


def _cells(document: PlanDocument) -> Cells:
    cells = document.cells
    return Cells(
        label=np.array([cell["class"] for cell in cells], np.int64),
        source=tuple(cell["source"] for cell in cells),
        num_rows=np.array([cell["rows"] for cell in cells], np.int64),
        quota=np.array([cell["quota"] for cell in cells], np.int64),
        weight=np.array([cell["weight"] for cell in cells], np.float64),
    )


def _open_index(file: Path, document: PlanDocument) -> pa.RecordBatchFileReader:
    import pyarrow as pa

    again = "run datatool balance again"
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(file)))
    except (OSError, pa.ArrowInvalid) as error:
        raise PlanError(f"the index of a plan must be Arrow IPC; got '{error}'", file=file, hint=again) from None
    found = (reader.schema.metadata or {}).get(FINGERPRINT_KEY, b"").decode()
    if found != document.fingerprint:
        raise PlanError(
            f"plan and index must have one fingerprint; got {document.fingerprint[:12]} and {found[:12] or 'none'}",
            file=file,
            hint=again,
        )
    last = reader.num_record_batches - 1
    num_rows = 0 if last < 0 else last * INDEX_BATCH_ROWS + reader.get_batch(last).num_rows
    if num_rows != document.num_rows:
        raise PlanError(f"the index must have {document.num_rows} rows; got {num_rows}", file=file, hint=again)
    return reader
