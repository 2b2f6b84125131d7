"""`index.arrow`: opened by mapping, checked against its plan, and read row by row."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from datatool.schemas._errors import PlanError
from datatool.schemas.allocation import Cells
from datatool.schemas.documents._plan import AGAIN, PLAN_FILE, PlanDocument, plan_fingerprint

if TYPE_CHECKING:
    import pyarrow as pa

INDEX_COLUMNS: Final = ("path", "root", "label", "source", "weight", "file", "line")
INDEX_BATCH_ROWS: Final = 65_536  # every record batch but the last: row -> batch is a division
FINGERPRINT_KEY: Final = b"datatool.fingerprint"
ROWS_DIGEST_KEY: Final = b"datatool.rows"  # BLAKE2b of path, label and source of every row


def open_index(file: Path, document: PlanDocument, cells: Cells) -> pa.RecordBatchFileReader:
    import pyarrow as pa

    try:
        reader = pa.ipc.open_file(pa.memory_map(str(file)))
    except (OSError, pa.ArrowInvalid) as error:
        raise PlanError(f"the index of a plan must be whole Arrow IPC; got '{error}'", file=file, hint=AGAIN) from None
    metadata = reader.schema.metadata or {}
    found = metadata.get(FINGERPRINT_KEY, b"").decode()
    if found != document.fingerprint:
        raise PlanError(
            f"plan and index must have one fingerprint; got {document.fingerprint[:12]} and {found[:12] or 'none'}",
            file=file,
            hint=AGAIN,
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
            hint=AGAIN,
        )
    last = reader.num_record_batches - 1
    num_rows = 0 if last < 0 else last * INDEX_BATCH_ROWS + reader.get_batch(last).num_rows
    if num_rows != document.num_rows:
        raise PlanError(f"the index must have {document.num_rows} rows; got {num_rows}", file=file, hint=AGAIN)
    return reader


class BatchView:
    """One record batch of the index as raw buffers: a row costs about a microsecond."""

    def __init__(self, batch: pa.RecordBatch, folder: Path) -> None:
        path, root = batch.column(0), batch.column(1)
        _, offsets, text = path.buffers()
        self._offsets = np.frombuffer(offsets, np.int64)
        self._text = memoryview(text if text is not None else b"")
        self._root_code = root.indices.to_numpy()
        base = os.path.realpath(folder)  # a link to the plan may lie elsewhere
        self._roots = [os.path.normpath(os.path.join(base, root)) for root in root.dictionary.to_pylist()]

    def roots(self) -> list[str]:
        """Roots that rows of this batch have."""
        return [self._roots[code] for code in np.unique(self._root_code).tolist()]

    def read(self, at: int) -> tuple[str, str]:
        """(path, root) of the row ``at`` of this batch."""
        text = bytes(self._text[self._offsets[at] : self._offsets[at + 1]]).decode()
        return text, self._roots[self._root_code[at]]
