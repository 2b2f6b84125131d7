"""A plan folder: `plan.json` and `index.arrow` (DESIGN 4), and how one is opened."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, JsonValue, ValidationError, with_config
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from datatool.schemas._base import Document, explain
from datatool.schemas._errors import PlanError
from datatool.schemas._margins import SourceMargins, source_margins
from datatool.schemas._quotas import Limits, between, round_quotas
from datatool.schemas._rows import SYNTHETIC

if TYPE_CHECKING:
    import pyarrow as pa

PLAN_FILE: Final = "plan.json"
INDEX_FILE: Final = "index.arrow"
INDEX_COLUMNS: Final = ("path", "root", "label", "source", "weight", "file", "line")
INDEX_BATCH_ROWS: Final = 65_536  # every record batch but the last: row -> batch is a division
FINGERPRINT_KEY: Final = b"datatool.fingerprint"
ROWS_DIGEST_KEY: Final = b"datatool.rows"  # BLAKE2b of path, label and source of every row
_AGAIN: Final = "run datatool balance again"

# Functional form: "class" is a keyword. A TypedDict and not a model: a plan may hold 100,000 cells.
PlanCell = TypedDict(
    "PlanCell",
    {
        "class": Annotated[int, Field(ge=0)],
        "source": str,
        "rows": Annotated[int, Field(ge=1)],
        "quota": Annotated[int, Field(ge=0)],
        "weight": Annotated[float, Field(ge=0)],
    },
)
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

    @cached_property
    def class_index(self) -> NDArray[np.int64]:
        """int64 (K,): the class of each cell, counted from 0 over the classes that have rows."""
        return np.unique(self.label, return_inverse=True)[1].astype(np.int64)


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
        self.strategy: dict[str, Any] = document.strategy
        self.seed = document.seed
        self.stats = document.stats
        self.class_num = document.class_num
        self.names = document.names
        self.num_rows = document.num_rows
        self.epoch_size = document.epoch_size
        self.fingerprint = document.fingerprint
        self.cells = _cells(document)
        _check_totals(folder / PLAN_FILE, document, self.cells)
        self._index = _open_index(folder / INDEX_FILE, document, self.cells)
        self._views: dict[int, _BatchView] = {}

    @classmethod
    def open(cls, folder: Path | str, /) -> Plan:
        """Open a plan folder that `datatool balance` wrote.

        Raises:
            PlanError: If a file is missing, malformed, or index and plan do not belong together.
        """
        folder = Path(folder)
        return cls(folder, _read(folder / PLAN_FILE))

    @property
    def document(self) -> PlanDocument:
        """`plan.json` as it stands on disk, read anew: 100,000 cells as objects take more memory than all else here."""
        return _read(self.folder / PLAN_FILE)

    def __reduce__(self) -> tuple[Any, ...]:
        return Plan.open, (self.folder,)

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
        """
        rows = np.asarray(rows, np.int64)
        if len(rows) and not (rows.min() >= 0 and rows.max() < self.num_rows):
            raise IndexError(f"rows must lie in [0, {self.num_rows}); got {rows.min()} to {rows.max()}")
        cell = np.searchsorted(self.cells.start, rows, side="right") - 1
        places = zip((rows // INDEX_BATCH_ROWS).tolist(), (rows % INDEX_BATCH_ROWS).tolist(), strict=True)
        read = [self._view(batch).read(at) for batch, at in places]
        return IndexRows(
            path=[path for path, _ in read],
            root=[root for _, root in read],
            label=self.cells.label[cell],
            source=[self.cells.source[c] for c in cell.tolist()],
            weight=self.cells.weight[cell].astype(np.float32),
        )

    @cached_property
    def roots(self) -> list[str]:
        """The folders that rows are opened in, absolute and sorted; reads the root of every row once."""
        views = [self._view(batch) for batch in range(self._index.num_record_batches)]
        return sorted({root for view in views for root in view.roots()})

    def _view(self, batch: int) -> _BatchView:
        view = self._views.get(batch)
        if view is None:
            view = self._views[batch] = _BatchView(self._index.get_batch(batch), self.folder)
        return view

    @cached_property
    def _ends(self) -> tuple[int, NDArray[np.float64], NDArray[np.float64]] | None:
        """Number of epochs, and ideal quotas of the first and the last one, of a progressive plan."""
        if "ends" not in self.strategy:
            return None
        first, last = (np.array(end, np.float64) for end in self.strategy["ends"])
        return int(self.strategy["epochs"]), first, last

    @cached_property
    def _limits(self) -> Limits:
        repeat = self.strategy.get("max_repeat")
        cells = self.cells
        return Limits(
            cap=cells.num_rows * repeat if repeat else np.full(len(cells.label), self.epoch_size, np.int64),
            synthetic=np.array(cells.source, np.str_) == SYNTHETIC,
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


class _BatchView:
    """One record batch of the index as raw buffers: a row costs about a microsecond."""

    def __init__(self, batch: pa.RecordBatch, folder: Path) -> None:
        path, root = batch.column(0), batch.column(1)
        _, offsets, text = path.buffers()
        self._offsets = np.frombuffer(offsets, np.int64)
        self._text = memoryview(text if text is not None else b"")
        self._root_code = root.indices.to_numpy()
        base = os.path.abspath(folder)
        self._roots = [os.path.normpath(os.path.join(base, root)) for root in root.dictionary.to_pylist()]

    def roots(self) -> list[str]:
        """Roots that rows of this batch have."""
        return [self._roots[code] for code in np.unique(self._root_code).tolist()]

    def read(self, at: int) -> tuple[str, str]:
        """(path, root) of the row ``at`` of this batch."""
        text = bytes(self._text[self._offsets[at] : self._offsets[at + 1]]).decode()
        return text, self._roots[self._root_code[at]]


def plan_fingerprint(rows_digest: str, cells: Cells, /, *, strategy: dict[str, Any], seed: int, class_num: int) -> str:
    """BLAKE2b over rows, quotas and what decides later quotas, hexadecimal.

    Args:
        rows_digest: BLAKE2b of path, label and source of every row, hexadecimal; the index carries it.
        cells: In the order of the index.
        strategy: As in `plan.json`.
        seed: As in `plan.json`.
        class_num: As in `plan.json`.
    """
    digest = hashlib.blake2b(rows_digest.encode(), digest_size=32)
    for column in (cells.label, cells.num_rows, cells.quota):
        digest.update(column.astype("<i8").tobytes())
    digest.update(cells.weight.astype("<f8").tobytes())
    digest.update("\0".join(cells.source).encode())
    digest.update(json.dumps([strategy, seed, class_num], sort_keys=True).encode())
    return digest.hexdigest()


def _read(file: Path) -> PlanDocument:
    try:
        text = file.read_bytes()
    except OSError as error:
        raise PlanError(
            f"a plan must be a folder with {PLAN_FILE} and {INDEX_FILE}; got '{file.parent}' ({error.strerror})",
            hint="make one with datatool balance DATASET --out DIR",
        ) from None
    try:
        return PlanDocument.model_validate_json(text)
    except ValidationError as fault:
        if fault.errors()[0]["type"] == "json_invalid":
            reason = fault.errors()[0]["msg"].removeprefix("Invalid JSON: ")
            raise PlanError(f"{PLAN_FILE} must be JSON; got '{reason}'", file=file, hint=_AGAIN) from None
        raise explain(PlanDocument, fault, file=file, error=PlanError) from None


def _cells(document: PlanDocument) -> Cells:
    cells = document.cells
    return Cells(
        label=np.array([cell["class"] for cell in cells], np.int64),
        source=tuple(cell["source"] for cell in cells),
        num_rows=np.array([cell["rows"] for cell in cells], np.int64),
        quota=np.array([cell["quota"] for cell in cells], np.int64),
        weight=np.array([cell["weight"] for cell in cells], np.float64),
    )


def _check_totals(file: Path, document: PlanDocument, cells: Cells) -> None:
    """Numbers of the document that follow from one another."""
    if not len(cells.label):
        raise PlanError("a plan must have at least one cell; got none", file=file, hint=_AGAIN)
    for name, said, found in (
        ("num_rows", document.num_rows, int(cells.num_rows.sum())),
        ("epoch_size", document.epoch_size, int(cells.quota.sum())),
    ):
        if said != found:
            raise PlanError(f"'{name}' must be the sum over cells, {found}; got {said}", file=file, hint=_AGAIN)
    if document.class_num <= int(cells.label.max()):
        raise PlanError(
            f"'class_num' must be above the largest class, {cells.label.max()}; got {document.class_num}",
            file=file,
            hint=_AGAIN,
        )


def _open_index(file: Path, document: PlanDocument, cells: Cells) -> pa.RecordBatchFileReader:
    import pyarrow as pa

    try:
        reader = pa.ipc.open_file(pa.memory_map(str(file)))
    except (OSError, pa.ArrowInvalid) as error:
        raise PlanError(f"the index of a plan must be whole Arrow IPC; got '{error}'", file=file, hint=_AGAIN) from None
    metadata = reader.schema.metadata or {}
    found = metadata.get(FINGERPRINT_KEY, b"").decode()
    if found != document.fingerprint:
        raise PlanError(
            f"plan and index must have one fingerprint; got {document.fingerprint[:12]} and {found[:12] or 'none'}",
            file=file,
            hint=_AGAIN,
        )
    fingerprint = plan_fingerprint(
        metadata.get(ROWS_DIGEST_KEY, b"").decode(),
        cells,
        strategy=document.strategy,
        seed=document.seed,
        class_num=document.class_num,
    )
    if fingerprint != found:
        raise PlanError(
            f"{PLAN_FILE} must be as written; its cells, strategy, seed or class_num were changed afterwards",
            file=file.with_name(PLAN_FILE),
            hint=_AGAIN,
        )
    last = reader.num_record_batches - 1
    num_rows = 0 if last < 0 else last * INDEX_BATCH_ROWS + reader.get_batch(last).num_rows
    if num_rows != document.num_rows:
        raise PlanError(f"the index must have {document.num_rows} rows; got {num_rows}", file=file, hint=_AGAIN)
    return reader
