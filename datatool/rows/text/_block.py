r"""A block of list text, parsed at once.

Most lines are *plain*: one path, the separator, one to eight digits, and nothing that needs judgement. Their
columns are cut out with numpy, without a Python step per line. All other lines go to `parse_line`, so both ways
give what the grammar says (a test compares them).

    block   t r a i n / x . j p g ' ' 5 \n ...
            ^start                ^cut   ^end
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from datatool.rows._remarks import Remarks, batch_schema, rows_batch
from datatool.rows.text._grammar import Fault, parse_line
from datatool.schemas import arrow_array, eight_digits

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MIN_VIEWED: Final = 4  # bytes of a block that `string_views` takes
_WORD: Final = 8  # bytes of a block that the gathers below reach back for
_LF, _CR, _SPACE, _TAB, _QUOTE = 10, 13, 32, 9, 34
_IMAGE_ENDS_3: Final = np.frombuffer(b".jpg.png.bmp.gif.tif.ppm.pgm.jp2", "<u4")
_IMAGE_ENDS_4: Final = np.frombuffer(b"jpegtiffwebpjfifavif", "<u4")


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """Where lines lie in a block, in bytes: text is ``[start, stop)``, the separator before the label at ``cut``."""

    start: Places
    stop: Places  # without CR
    cut: Places  # -1 where there is none
    odd: Flags  # control characters, or bytes that are not UTF-8
    spaced: Flags  # the path may hold a separator
    has_cr: bool  # anywhere in the block


def parse_block(data: bytes, /, *, separator: str, first_line: int, remarks: Remarks) -> tuple[list[Any], int]:
    """Parse whole lines.

    Args:
        data: Ends with a newline.
        separator: Space, tab or comma.
        first_line: Number of the first line.
        remarks: Gets what is wrong or untidy.

    Returns:
        Record batches, plain rows first, and the number of lines.
    """
    import pyarrow as pa

    view = np.frombuffer(data, np.uint8)
    lines = _find_lines(data, view, ord(separator))
    plain, labels = _plain(view, lines)
    numbers = np.arange(first_line, first_line + len(lines.start), dtype=np.int64)
    blank = lines.stop == lines.start
    _note_line_ends(data, lines, numbers, remarks)
    _note_blank(numbers, blank, remarks)
    rest = np.flatnonzero(~(plain | blank))
    chosen = slice(None) if plain.all() else plain  # a slice copies nothing
    start = lines.start[chosen]
    columns = [
        string_views(data, view, start, lines.cut[chosen] - start),
        arrow_array(labels[chosen]),
        arrow_array(numbers[chosen]),
    ]
    batches = [pa.RecordBatch.from_arrays(columns, schema=batch_schema())]
    if len(rest):
        batches.append(rows_batch(_parse_rest(data, lines, numbers, rest, separator, remarks)))
    return batches, len(numbers)


def _find_lines(data: bytes, view: Bytes, separator: int) -> _Lines:
    mask = view <= _SPACE if separator == _SPACE else (view < _SPACE) | (view == separator)
    has_cr = b"\r" in data
    if has_cr:
        returns = np.flatnonzero(view == _CR)
        mask[returns[view[returns + 1] == _LF]] = False
    marks = np.flatnonzero(mask)
    kinds = view[marks]
    ends_at = np.flatnonzero(kinds == _LF)
    end = marks[ends_at]
    start = np.empty_like(end)
    start[0] = 0
    start[1:] = end[:-1] + 1
    stop = end - ((end > start) & (view[np.maximum(end - 1, 0)] == _CR)) if has_cr else end
    before = np.diff(ends_at, prepend=-1)  # marks in this line, its end included
    cut = np.where(before > 1, marks[ends_at - 1], -1)
    odd = np.zeros(len(end), np.bool_)
    strange = marks[(kinds != _LF) & (kinds != separator)]
    odd[np.searchsorted(end, strange)] = True
    _mark_not_utf8(data, view, start, end, odd)
    other = (separator != _SPACE and b" " in data) or (separator != ord(",") and b"," in data)
    spaced = np.ones(len(end), np.bool_) if other else before > 2
    return _Lines(start=start, stop=stop, cut=cut, odd=odd, spaced=spaced, has_cr=has_cr)


def _mark_not_utf8(data: bytes, view: Bytes, start: Places, end: Places, odd: Flags) -> None:
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError:
        for line in np.unique(np.searchsorted(end, np.flatnonzero(view >= 0x80))):
            try:
                data[start[line] : end[line]].decode()
            except UnicodeDecodeError:
                odd[line] = True


def _plain(view: Bytes, lines: _Lines) -> tuple[Flags, Places]:
    """Which lines are plain, and the labels, valid where they are."""
    if len(view) < _WORD:
        return np.zeros(len(lines.start), np.bool_), np.zeros(len(lines.start), np.int64)
    length = lines.stop - lines.cut - 1
    plain = (lines.cut > lines.start) & (length >= 1) & (length <= 8) & (lines.stop >= 8) & ~lines.odd
    first, last = view[lines.start], view[np.maximum(lines.cut - 1, 0)]
    for blank in (_SPACE, _TAB):
        plain &= (first != blank) & (last != blank)
    plain &= first != _QUOTE
    if lines.spaced.any():
        plain &= ~lines.spaced | _image_end(view, lines.cut)
    labels, digits = _digits(view, lines.stop, np.clip(length, 1, 8))
    return plain & digits, labels


def pick_lines(data: bytes, wanted: Places, /, *, separator: str) -> list[tuple[str, int, int]]:
    """Rows (path, label, line in the block from 0) of some lines."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _LF)
    ignored = Remarks()
    rows = []
    for at in wanted.tolist():
        raw = data[ends[at - 1] + 1 if at else 0 : ends[at]].removesuffix(b"\r")
        row = parse_one(raw, line=at, separator=separator, remarks=ignored)
        if row is not None:
            rows.append(row)
    return rows


def _digits(view: Bytes, stop: Places, length: Places) -> tuple[Places, Flags]:
    """The up to eight digits before ``stop`` as numbers, and whether all were digits.

    Eight bytes are taken as one little-endian word; those before the label become '0'.
    """
    u64 = np.uint64
    words: npt.NDArray[np.uint64] = np.ndarray((len(view) - 7,), "<u8", view, 0, (1,))
    label = ~u64(0) << (u64(64) - length.astype(u64) * u64(8))
    return eight_digits((words[np.maximum(stop - 8, 0)] & label) | (u64(0x3030303030303030) & ~label))


def _image_end(view: Bytes, cut: Places) -> Flags:
    """Whether the text before ``cut`` ends in the extension of an image."""
    fours: npt.NDArray[np.uint32] = np.ndarray((len(view) - 3,), "<u4", view, 0, (1,))
    last = fours[np.maximum(cut - 4, 0)]
    three = np.isin(last | np.uint32(0x20202000), _IMAGE_ENDS_3)
    four = np.isin(last | np.uint32(0x20202020), _IMAGE_ENDS_4) & (view[np.maximum(cut - 5, 0)] == ord("."))
    ends: Flags = (three | four) & (cut >= 5)
    return ends


def string_views(data: bytes, view: Bytes, start: Places, length: Places, /, *, is_passed_on: bool = True) -> Any:
    """Texts of a block as Arrow string views into it, zero-copy.

    A view is length, first four bytes, buffer 0 and offset; a short text stands in its view. Starts ascend, and the
    block has `MIN_VIEWED` bytes or more.

    Args:
        data: The block.
        view: Its bytes.
        start: Where each text begins.
        length: Bytes of each.
        is_passed_on: False where the texts are copied at once, which needs no first four bytes of longer ones: they are
            there for comparisons, and finding them takes a third of the time.
    """
    import pyarrow as pa

    views = np.zeros((len(start), 4), "<u4")
    if len(start):
        views[:, 0] = length
        views[:, 3] = start
        if is_passed_on:
            fours: npt.NDArray[np.uint32] = np.ndarray((len(view) - 3,), "<u4", view, 0, (1,))
            views[:, 1] = fours[start if start[-1] < len(fours) else np.minimum(start, len(fours) - 1)]
        short = np.flatnonzero(length <= 12)
        if len(short):
            place = np.arange(12)
            text = view[np.minimum(start[short, None] + place, len(view) - 1)]
            text[place >= length[short, None]] = 0
            views[short, 1:] = text.view("<u4")
    return pa.Array.from_buffers(pa.string_view(), len(start), [None, pa.py_buffer(views), pa.py_buffer(data)])


def _note_line_ends(data: bytes, lines: _Lines, numbers: Places, remarks: Remarks) -> None:
    if not lines.has_cr:
        return
    ended = np.flatnonzero(np.frombuffer(data, np.uint8)[lines.stop] == _CR)
    if not len(ended):
        return
    at = int(ended[0])
    text = data[lines.start[at] : lines.stop[at]].decode(errors="backslashreplace")
    remarks.note("I109", "CRLF line ends", line=int(numbers[at]), text=text, count=len(ended))


def _note_blank(numbers: Places, blank: Flags, remarks: Remarks) -> None:
    at = np.flatnonzero(blank)
    if len(at):
        remarks.note("I109", "blank lines", line=int(numbers[at[0]]), text="", count=len(at))


def _parse_rest(
    data: bytes, lines: _Lines, numbers: Places, rest: Places, separator: str, remarks: Remarks
) -> list[tuple[str, int, int]]:
    rows = []
    for at in rest.tolist():
        raw = data[lines.start[at] : lines.stop[at]]
        row = parse_one(raw, line=int(numbers[at]), separator=separator, remarks=remarks)
        if row is not None:
            rows.append(row)
    return rows


def parse_one(raw: bytes, /, *, line: int, separator: str, remarks: Remarks) -> tuple[str, int, int] | None:
    """One line by the grammar: a row (path, label, line), or a remark."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        shown = raw.decode(errors="backslashreplace")
        remarks.faults.append(("E106", line, shown, f"byte 0x{raw[error.start]:02x} is not UTF-8"))
        return None
    parsed = parse_line(text, separator=separator)
    if parsed is None:
        remarks.note("I109", "blank lines", line=line, text=text)
        return None
    if isinstance(parsed, Fault):
        remarks.faults.append((parsed.code, line, text, parsed.reason))
        if parsed.word is not None and parsed.path is not None:
            remarks.words.append((parsed.path, parsed.word, line, None, None))
        return None
    for reason in parsed.untidy:
        remarks.note("I109", reason, line=line, text=text)
    if parsed.extra is not None:
        remarks.extras.append((line, text, f"'{parsed.extra}' stands between the image and the label"))
    return parsed.path, parsed.label, line
