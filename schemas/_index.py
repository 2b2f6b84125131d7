"""`index.arrow`: checked against its plan when it is opened, and read row by row without mapping it."""

from __future__ import annotations

import hashlib
import os
import struct
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from datatool.schemas._errors import PlanError
from datatool.schemas._ipc import BatchPlaces, batch_places, read_exactly
from datatool.schemas._span import Container, Span
from datatool.schemas._url import is_url
from datatool.schemas.allocation import Cells
from datatool.schemas.documents._plan import AGAIN, PLAN_FILE, PlanDocument, plan_fingerprint

if TYPE_CHECKING:
    import pyarrow as pa

INDEX_COLUMNS: Final = ("path", "root", "label", "source", "weight", "file", "line")
SPAN_COLUMNS: Final = ("container", "offset", "length")  # behind the others, where any row lies in a container
INDEX_BATCH_ROWS: Final = 65_536  # every record batch but the last: row -> batch is a division
FINGERPRINT_KEY: Final = b"datatool.fingerprint"
ROWS_DIGEST_KEY: Final = b"datatool.rows"  # BLAKE2b of the length and the bytes of every path
# Buffers in the order of the columns: validity first, and offsets before the text of `path`.
_NUM_BUFFERS: Final = 2 * len(INDEX_COLUMNS) + 1
_OFFSETS, _TEXT, _ROOT, _LABEL = 1, 2, 4, 6
_SPANS: Final = (_NUM_BUFFERS + 1, _NUM_BUFFERS + 3, _NUM_BUFFERS + 5)  # values of SPAN_COLUMNS
_EDGES: Final = struct.Struct("<qq")
_CODE: Final = struct.Struct("<i")
_INT64: Final = struct.Struct("<q")
_SHA256: Final = "sha256:"  # CPUs with instructions for it take a third of the time of BLAKE2b, others about as long
_CHECKED_AT_OPENING: Final = 64  # batches, 4 M rows in about 30 ms; later ones when a row of them is first read


class PlanIndex:
    """The open index of a plan.

    Opening looks at the metadata, at the place of every path and at every label, since those decide what a row is; in
    an index of many batches it leaves the places and labels of the later ones to the first row that is read of each.
    The bytes of paths are as they are, until `file_digest` is compared.

    Args:
        file: `index.arrow`.
        document: `plan.json` beside it.
        cells: Of the document.
        base: What relative places are taken from; None is the folder of the file.

    Raises:
        PlanError: If the file is damaged, or does not belong to the document.
    """

    def __init__(self, file: Path, document: PlanDocument, cells: Cells, /, *, base: str | None = None) -> None:
        self._file = file
        try:
            self._handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, self._handle)
            metadata, roots, self._has_spans = _schema_and_roots(file)
            self._batches = batch_places(self._handle)
        except (OSError, ValueError) as error:
            raise self._damaged(error) from None
        _check_metadata(file, metadata, document, cells)
        base = base or os.path.realpath(file.parent)  # a link to the plan may lie elsewhere
        self._roots = [_placed(base, root) for root in roots]
        self.containers = [
            Container(_placed(base, each.path), each.size, each.mtime, each.etag) for each in document.containers
        ]
        self._cells = cells
        self._places: dict[int, tuple[int, int, int, int]] = {}  # of the batches that were checked
        try:
            self._check_rows(document.num_rows)
            for number in range(min(len(self._batches), _CHECKED_AT_OPENING)):
                self._check_batch(number)
        except (OSError, ValueError) as error:
            raise self._damaged(error) from None

    def read(self, rows: Iterable[int], /) -> list[tuple[str, str]]:
        """(path, root) of each row.

        Raises:
            PlanError: If the file was cut or changed since it was opened.
        """
        try:
            return self._read(rows)
        except (struct.error, OSError, ValueError) as error:
            raise self._damaged(error) from None

    def spans(self, rows: Iterable[int], /) -> list[Span | None]:
        """Where the bytes of each row are in a container; None for a file of its own.

        Raises:
            PlanError: As `read`.
        """
        try:
            return [self._span(row) for row in rows] if self._has_spans else [None for _ in rows]
        except (struct.error, OSError, ValueError) as error:
            raise self._damaged(error) from None

    def _span(self, row: int) -> Span | None:
        handle, at = self._handle, row % INDEX_BATCH_ROWS
        buffers = self._batches[row // INDEX_BATCH_ROWS].buffers
        codes, offsets, lengths = (buffers[place][0] for place in _SPANS)
        (offset,) = _INT64.unpack(os.pread(handle, 8, offsets + 8 * at))
        if offset < 0:
            return None
        (code,) = _CODE.unpack(os.pread(handle, 4, codes + 4 * at))
        (length,) = _INT64.unpack(os.pread(handle, 8, lengths + 8 * at))
        if not (0 <= code < len(self.containers) and 0 <= length <= self.containers[code].size - offset):
            raise ValueError(f"the place of row {row} is in none of its {len(self.containers)} containers")
        return Span(self.containers[code], offset, length)

    def roots(self) -> list[str]:
        """The folders of all rows, absolute and sorted; reads the root of every row once."""
        seen = np.zeros(len(self._roots), np.bool_)
        try:
            for batch in self._batches:
                codes = self._column(batch.buffers[_ROOT][0], batch.num_rows, "<i4")
                if not (codes.min() >= 0 and codes.max() < len(self._roots)):
                    raise ValueError(f"a root is none of its {len(self._roots)}")
                seen[codes] = True
        except (OSError, ValueError) as error:
            raise self._damaged(error) from None
        return sorted({root for root, there in zip(self._roots, seen.tolist(), strict=True) if there})

    def _read(self, rows: Iterable[int]) -> list[tuple[str, str]]:
        """Without a function call for each value: a loader reads a row for every picture."""
        handle, places, pread, edges = self._handle, self._places, os.pread, _EDGES.unpack
        roots = self._roots
        found = []
        for row in rows:
            at = row % INDEX_BATCH_ROWS
            place = places.get(row // INDEX_BATCH_ROWS) or self._check_batch(row // INDEX_BATCH_ROWS)
            offsets, text, extent, codes = place
            first, end = edges(pread(handle, 16, offsets + 8 * at))
            if not 0 <= first <= end <= extent:
                raise ValueError(f"the path of row {row} lies outside it")
            path = pread(handle, end - first, text + first)
            if len(path) != end - first or b"\0" in path:
                raise ValueError(f"the path of row {row} is cut or holds a NUL")
            code = 0 if len(roots) == 1 else _CODE.unpack(pread(handle, 4, codes + 4 * at))[0]
            if not 0 <= code < len(roots):
                raise ValueError(f"the root of row {row} is none of its {len(roots)}")
            found.append((path.decode(), roots[code]))
        return found

    def _check_rows(self, num_rows: int) -> None:
        found = sum(batch.num_rows for batch in self._batches)
        if found != num_rows:
            raise PlanError(f"the index must have {num_rows} rows; got {found}", file=self._file, hint=AGAIN)
        last = len(self._batches) - 1
        for number, batch in enumerate(self._batches):
            expected = INDEX_BATCH_ROWS if number < last else num_rows - last * INDEX_BATCH_ROWS
            _check_places(batch, expected, has_spans=self._has_spans)

    def _check_batch(self, number: int) -> tuple[int, int, int, int]:
        """Look at the places and labels of a batch; returns where its values lie."""
        batch = self._batches[number]
        self._check_offsets(batch)
        self._check_labels(batch, number * INDEX_BATCH_ROWS)
        buffers = batch.buffers
        place = self._places[number] = (buffers[_OFFSETS][0], *buffers[_TEXT], buffers[_ROOT][0])
        return place

    def _check_offsets(self, batch: BatchPlaces) -> None:
        offsets = self._column(batch.buffers[_OFFSETS][0], batch.num_rows + 1, "<i8")
        if offsets[0] < 0 or offsets[-1] > batch.buffers[_TEXT][1] or (offsets[1:] < offsets[:-1]).any():
            raise ValueError("the place of a path is damaged")

    def _check_labels(self, batch: BatchPlaces, first: int) -> None:
        last = first + batch.num_rows
        cells, rows = self._cells.of_rows(first, last)
        expected = np.repeat(self._cells.label[cells].astype("<i4"), rows)
        if not np.array_equal(self._column(batch.buffers[_LABEL][0], batch.num_rows, "<i4"), expected):
            raise ValueError(f"a label of rows {first} to {last} is not that of its cell in {PLAN_FILE}")

    def _column(self, offset: int, count: int, kind: str) -> NDArray[np.int64]:
        array: NDArray[np.int64] = np.frombuffer(
            read_exactly(self._handle, count * np.dtype(kind).itemsize, offset), kind
        )
        return array

    def _damaged(self, error: Exception) -> PlanError:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        return PlanError(f"the index of a plan must be whole Arrow IPC; got '{reason}'", file=self._file, hint=AGAIN)


def file_digest(file: Path, like: str = _SHA256, /) -> str:
    """Digest of all bytes of a file: hexadecimal SHA-256 behind `sha256:`.

    Args:
        file: Read from begin to end.
        like: Another digest, to be compared with; without that prefix it is BLAKE2b, as in earlier plans.
    """
    prefix = like[: len(_SHA256)] if like.startswith(_SHA256) else ""
    with file.open("rb", buffering=0) as stream:
        found = hashlib.file_digest(stream, hashlib.sha256 if prefix else lambda: hashlib.blake2b(digest_size=32))
    return f"{prefix}{found.hexdigest()}"


def _placed(base: str, place: str) -> str:
    """A place of a plan whose folder is ``base``."""
    if is_url(place):
        return place
    if is_url(base) and not os.path.isabs(place):
        scheme, _, inside = base.partition("://")
        return f"{scheme}:/{os.path.normpath(f'/{inside}/{place}')}"
    return os.path.normpath(os.path.join(base, place))


def _schema_and_roots(file: Path) -> tuple[dict[bytes, bytes], list[str], bool]:
    """The metadata of the schema, the values of `root`, the same in every batch, and whether rows have places."""
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(included_fields=[INDEX_COLUMNS.index("root")])
    try:
        with pa.OSFile(str(file)) as source:
            schema = pa.ipc.open_file(source).schema
            has_spans = _has_spans(schema)
            reader = pa.ipc.open_file(source, options=options)
            if not reader.num_record_batches:
                raise ValueError("it has no rows")
            dictionary = reader.get_batch(0).column(0).dictionary
            dictionary.validate(full=True)
            return schema.metadata or {}, dictionary.to_pylist(), has_spans
    except (pa.ArrowException, MemoryError, LookupError, TypeError) as error:
        raise ValueError(str(error)) from None


def index_schema(*, has_spans: bool) -> pa.Schema:
    """The Arrow schema of `index.arrow`, with the columns of places where any row lies in a container."""
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    types = [pa.large_string(), text, pa.int32(), text, pa.float32(), text, pa.int64()]
    columns = list(zip(INDEX_COLUMNS, types, strict=True))
    spans = list(zip(SPAN_COLUMNS, (text, pa.int64(), pa.int64()), strict=True))
    return pa.schema(columns + spans if has_spans else columns)


def _has_spans(schema: pa.Schema) -> bool:
    """Whether it is the schema with places; neither is an error."""
    for has_spans in (False, True):
        if schema.remove_metadata() == index_schema(has_spans=has_spans):
            return has_spans
    raise ValueError("its columns are not those of a plan")


def _check_metadata(file: Path, metadata: dict[bytes, bytes], document: PlanDocument, cells: Cells) -> None:
    found = metadata.get(FINGERPRINT_KEY, b"").decode(errors="backslashreplace")
    if found != document.fingerprint:
        raise PlanError(
            f"plan and index must have one fingerprint; got {document.fingerprint[:12]} and {found[:12] or 'none'}",
            file=file,
            hint=AGAIN,
        )
    fingerprint = plan_fingerprint(
        metadata.get(ROWS_DIGEST_KEY, b"").decode(errors="backslashreplace"),
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


def _check_places(batch: BatchPlaces, num_rows: int, *, has_spans: bool) -> None:
    nodes = batch.nodes[: len(INDEX_COLUMNS)]
    if batch.num_rows != num_rows or any(node != (num_rows, 0) for node in nodes):
        raise ValueError(f"a record batch has {batch.num_rows} rows or empty values where {num_rows} rows belong")
    further = len(SPAN_COLUMNS) if has_spans else 0
    if len(batch.nodes) != len(INDEX_COLUMNS) + further or len(batch.buffers) != _NUM_BUFFERS + 2 * further:
        raise ValueError("a record batch has other columns than its schema")
    needed = {_OFFSETS: 8 * (num_rows + 1), _ROOT: 4 * num_rows, _LABEL: 4 * num_rows}
    if has_spans:
        needed |= dict(zip(_SPANS, (4 * num_rows, 8 * num_rows, 8 * num_rows), strict=True))
    if any(batch.buffers[place][1] < length for place, length in needed.items()):
        raise ValueError("a column is shorter than its record batch")
