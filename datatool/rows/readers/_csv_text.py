"""The text of a CSV to chunks of columns, block by block.

A block that is *plain* (no NUL, every quote where CSV has it, as many fields on every line) is read as a whole: cut at
its delimiters where it has no quotes, else by pyarrow. Any other is read record by record, which is the definition: a
test compares them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from datatool.rows._remarks import Remarks
from datatool.rows.readers._base import NOT_UTF8
from datatool.rows.readers._chunks import Chunk, as_plain, coded_texts, text_buffers
from datatool.rows.readers._compute import compute
from datatool.rows.readers._records import STRAY_QUOTE, Stray, read_records
from datatool.rows.text._block import MIN_VIEWED, string_views
from datatool.rows.text._fields import count_byte, field_stops, is_utf8, line_starts
from datatool.rows.text._header import Header, csv_options
from datatool.schemas import numpy_values

_OPEN: Final = 1 << 18  # bytes: more than the csv module takes for one field, so that a quote opened earlier is stray


def csv_chunks(blocks: Iterator[bytes], header: Header, places: Mapping[str, int], remarks: Remarks) -> Iterator[Chunk]:
    """Chunks of the records below the header.

    Args:
        blocks: Whole lines, the header left out.
        header: What tells the number of the next line, the number of columns and the delimiter.
        places: What a column holds -> its place.
        remarks: Gets stray quotes, blank lines and bytes that are not UTF-8.
    """
    line = header.line + 1
    carried = b""
    data = next(blocks, b"")
    while data:
        following = next(blocks, b"")
        data = carried + data
        carried = b""
        chunk = _plain(data, header, places, line)
        if chunk is not None:
            line += len(chunk.lines)
        else:
            chunk, carried, lines = _records(data, header, places, line, remarks, is_last=not following)
            line += lines
        yield chunk
        data = following


def _plain(data: bytes, header: Header, places: Mapping[str, int], line: int) -> Chunk | None:
    """A block as a whole; None where it is not plain."""
    import numpy as np
    import pyarrow as pa

    if header.delimiter == " " or b"\0" in data:
        return None
    cut = _cut(data, header, places)
    found = cut or _parsed(data, header, places)
    if found is None:
        return None
    columns = {role: _trimmed(column) for role, column in found.items()}
    if _may_be_blank(columns) and (header.delimiter == "\t" or _has_blank(data)):  # rows are made of blank lines too
        return None
    batch = pa.RecordBatch.from_pydict(columns)
    lines = np.arange(line, line + batch.num_rows, dtype=np.int64)
    return Chunk(columns=batch, lines=lines, is_utf8=cut is not None)  # pyarrow lets other bytes pass


def _cut(data: bytes, header: Header, places: Mapping[str, int]) -> dict[str, Any] | None:
    """Columns of a block without quotes, cut at its delimiters; None where another way must read it."""
    import numpy as np
    import pyarrow as pa

    if b'"' in data or b"\r" in data or not is_utf8(data):
        return None
    view = np.frombuffer(data, np.uint8)
    stops = field_stops(view, ord(header.delimiter), len(header.names))
    if stops is None or len(view) < MIN_VIEWED:
        return None
    starts = [line_starts(stops[-1]), *(stop + 1 for stop in stops[:-1])]
    coded = _coded_place(places)
    cut = {}
    for role, at in places.items():
        texts = string_views(data, view, starts[at], stops[at] - starts[at], is_passed_on=False)
        cut[role] = coded_texts(texts) if at == coded else texts.cast(pa.string())
    return cut


def _coded_place(places: Mapping[str, int]) -> int | None:
    """The place of the labels, unless their column holds something else too."""
    at = places.get("label")
    return at if [*places.values()].count(-1 if at is None else at) == 1 else None


def _parsed(data: bytes, header: Header, places: Mapping[str, int]) -> dict[str, Any] | None:
    """Columns of a block as pyarrow reads it; None where its lines are not its records."""
    import pyarrow as pa
    import pyarrow.csv

    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    quotes = data.count(b'"') if b'"' in data else 0
    if quotes and 2 * len(_quoted(header.delimiter.encode()).findall(data)) != quotes:
        return None
    kinds = {str(at): pa.string() for at in sorted({*places.values()})}
    coded = _coded_place(places)
    if coded is not None:
        kinds[str(coded)] = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(
                column_names=[str(at) for at in range(len(header.names))], use_threads=False, block_size=len(data) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=header.delimiter, quote_char='"' if quotes else False, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=list(kinds), column_types=kinds, quoted_strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    if table.num_rows != count_byte(data, ord("\n")) or table.num_rows == 0:
        return None
    batch = table.combine_chunks().to_batches()[0]
    return {role: batch.column(str(at)) for role, at in places.items()}


def _has_blank(data: bytes) -> bool:
    """Whether a line of a block is empty."""
    return data.startswith((b"\n", b"\r\n")) or b"\n\n" in data or b"\n\r\n" in data


def _trimmed(column: Any) -> Any:
    """Texts without the blanks at their ends; as they are where none begins or ends in one or beyond ASCII."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(column.indices, _trimmed(column.dictionary))
    data, offsets = text_buffers(column)
    first, last = offsets[:-1], offsets[1:] - 1
    full = first <= last
    if not full.all():
        first, last = first[full], last[full]
    beyond = np.uint8(ord(" ") + 1)  # what lies below wraps around
    is_plain = all(bool((data[place] - beyond < 0x80 - beyond).all()) for place in (first, last))
    return column if is_plain else compute().utf8_trim_whitespace(column)


def _may_be_blank(columns: Mapping[str, Any]) -> bool:
    """Whether a row has nothing in any of the columns: its line may be blank, which is no fault."""
    pc = compute()
    blank: Any = True
    for column in columns.values():
        blank = (numpy_values(pc.binary_length(as_plain(column))) == 0) & blank
        if not blank.any():
            return False
    return True


def _quoted(mark: bytes) -> re.Pattern[bytes]:
    """A field in quotes as CSV has it, on one line and without a quote inside."""
    ends = re.escape(mark)
    return re.compile(rb"(?:^|(?<=" + ends + rb'))"[^"\n]*"(?=' + ends + rb"|\r?$)", re.MULTILINE)


def _records(
    data: bytes, header: Header, places: Mapping[str, int], line: int, remarks: Remarks, *, is_last: bool
) -> tuple[Chunk, bytes, int]:
    """A block record by record, the end of it that only the next block can make sense of, and the lines before."""
    import numpy as np
    import pyarrow as pa

    starts = _line_starts(data)
    whole = [at for role, at in places.items() if role in ("path", "label")]
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors="surrogateescape", newline="")
    records = list(read_records(text, whole=whole, **csv_options(header.delimiter)))
    taken = len(starts) - 1 if is_last else _whole_lines(data, starts, records)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    for number, record in records:
        row = None if number > taken else _row(record, line + number - 1, header, places, remarks)
        if row is not None:
            rows.append(row)
            lines.append(line + number - 1)
    columns = list(zip(*rows, strict=True)) or [()] * len(places)
    arrays = [pa.array(column, pa.string()) for column in columns]
    batch = pa.RecordBatch.from_arrays(arrays, names=list(places))
    return Chunk(columns=batch, lines=np.array(lines, np.int64)), data[starts[taken] :], taken


def _whole_lines(data: bytes, starts: list[int], records: list[tuple[int, list[str] | Stray]]) -> int:
    """How many lines of a block make sense without the next one: not those from a quote on that is still open."""
    for place, (number, record) in enumerate(records):
        start = starts[number - 1]
        is_open = isinstance(record, Stray) or (place == len(records) - 1 and data.count(b'"', start) % 2 == 1)
        if is_open and start > 0 and len(data) - start < _OPEN:
            return number - 1
    return len(starts) - 1


def _line_starts(data: bytes) -> list[int]:
    """Where lines begin, as text with any line end has them."""
    return [0, *(found.end() for found in re.finditer(rb"\r\n|\r|\n", data))]


def _row(
    record: list[str] | Stray, line: int, header: Header, places: Mapping[str, int], remarks: Remarks
) -> tuple[str, ...] | None:
    """The fields of a record, stripped; None where there is something to say of it."""
    if isinstance(record, Stray):
        remarks.faults.append(("E101", line, _shown(record.text), STRAY_QUOTE))
        return None
    text = header.delimiter.join(record)
    if not text.strip():
        remarks.note("I109", "blank lines", line=line, text=text)
        return None
    if _holds_bytes(text):
        remarks.faults.append(("E106", line, _shown(text), NOT_UTF8))
        return None
    fields = tuple(record[at].strip() if at < len(record) else "" for at in places.values())
    path = fields[list(places).index("path")] if "path" in places else ""
    if any(mark in path for mark in "\0\r\n"):
        remarks.faults.append(("E101", line, text, "a line end or NUL stands in the path"))
        return None
    return fields


def _shown(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode(errors="backslashreplace")


def _holds_bytes(text: str) -> bool:
    """Whether a byte that is not UTF-8 was read as a surrogate."""
    return not text.isascii() and any("\udc80" <= mark <= "\udcff" for mark in text)


def first_records(lines: list[str], header: Header, /) -> list[list[str]]:
    """The first records below the header, as text."""
    below = (line.replace("\r", "") for line in lines[header.line : header.line + 100])
    return list(csv.reader(below, **csv_options(header.delimiter)))
