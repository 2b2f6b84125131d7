"""What the label column of a table holds, and its values as class ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from datatool.rows._remarks import Remarks
from datatool.rows.readers._compute import compute
from datatool.rows.text._grammar import Fault, is_decimal, is_integer, is_name, read_label, whole_decimal
from datatool.schemas import MAX_LABEL, DatasetError, nearest, numpy_values

_MOST_NAMES: Final = 1_000_000  # of classes; a column with more holds captions or paths
_CONSOLIDATED: Final = 1_000_000  # counted values that are added up at once
_FEW: Final = 1_000  # texts of a dictionary that are not too many for any number of rows
WHOLE: Final = "labels written as decimals, read as ids"


class LabelCounts:
    """How often each value of a label column stands in it, added up chunk by chunk."""

    def __init__(self) -> None:
        self._counted: list[tuple[Any, Any]] = []
        self._waiting = 0
        self._not_whole = False

    def add(self, column: Any, /) -> None:
        """Count the labels of a chunk; of numbers only whether they are whole."""
        import pyarrow as pa

        pc = compute()
        kind = column.type
        if pa.types.is_integer(kind) or pa.types.is_null(kind):
            return
        if pa.types.is_dictionary(kind):
            self._count(column.dictionary, _uses(column))
            return
        if pa.types.is_floating(kind):
            finite = column.filter(pc.is_finite(column))
            self._not_whole = self._not_whole or bool(pc.any(pc.not_equal(pc.floor(finite), finite)).as_py())
            return
        counts = pc.value_counts(as_text(column).drop_null())
        self._count(counts.field("values"), numpy_values(counts.field("counts")))

    def _count(self, values: Any, counts: Any) -> None:
        import pyarrow as pa

        self._counted.append((values.cast(pa.large_string()), counts))
        self._waiting += len(counts)
        if self._waiting > _CONSOLIDATED:
            self._consolidate()

    def _consolidate(self) -> None:
        import numpy as np
        import pyarrow as pa

        labels, counts = zip(*self._counted, strict=True)
        coded = pa.concat_arrays(labels).dictionary_encode()
        added = np.bincount(
            numpy_values(coded.indices), weights=np.concatenate(counts), minlength=len(coded.dictionary)
        )
        self._counted = [(coded.dictionary, added.astype(np.int64))]
        self._waiting = 0

    def settle(self, *, column: str, file: str) -> tuple[tuple[str, ...] | None, bool]:
        """Names of classes, sorted, where most labels are names, else None; and whether decimals stand for ids.

        Raises:
            DatasetError: If there are more names than classes can have.
        """
        if not self._counted:
            return None, not self._not_whole
        self._consolidate()
        [(found, counts)] = self._counted
        counted = zip(found.to_pylist(), counts.tolist(), strict=True)
        labels = [(text, count) for label, count in counted if count and (text := label.strip())]
        names = sum(count for text, count in labels if is_name(text))
        if 2 * names <= sum(count for _, count in labels):
            decimals = [text for text, _ in labels if is_decimal(text)]
            return None, not self._not_whole and all(whole_decimal(text) is not None for text in decimals)
        known = sorted({text for text, _ in labels if is_name(text) or is_integer(text)})
        if len(known) > _MOST_NAMES:
            raise DatasetError(
                f"the column '{column}' must hold classes; got {len(known):,} different names",
                file=file,
                hint="say which column holds classes with --label-column",
            )
        return tuple(known), False


@dataclass(frozen=True, kw_only=True)
class Labels:
    """How the labels of a table are read.

    Attributes:
        are_names: Whether most are names; integers among them are names too.
        are_whole: Whether decimals are whole in every row, and so stand for ids.
        ids: Class name -> id, filled before rows are read.
    """

    are_names: bool
    are_whole: bool
    ids: Mapping[str, int]

    def read(self, label: str, path: str, /) -> int | Fault:
        """One label, stripped and not empty."""
        if self.are_names or not is_integer(label):
            known = self.ids.get(label)
            if known is not None:
                return known
        if self.are_names and (is_name(label) or is_integer(label)):
            near = nearest(label, self.ids)
            meant = "" if near is None else f"; did you mean '{near}'?"
            return Fault(code="E102", reason=f"class '{label[:40]}' has no id in the names file{meant}")
        whole = whole_decimal(label) if self.are_whole else None
        return read_label(label if whole is None else whole, path)

    def of(self, column: Any, lines: Any, remarks: Remarks, /) -> tuple[Any, Any]:
        """Class ids of a column (int64), and which of them are settled: all others must go through `read`."""
        import numpy as np
        import pyarrow as pa

        kind = column.type
        if pa.types.is_integer(kind) and kind != pa.uint64():
            ids = without_nulls(column.cast(pa.int64()), -1)
            return ids, (ids >= 0) & (ids <= MAX_LABEL)
        if pa.types.is_floating(kind):
            return self._of_floats(column, lines, remarks)
        coded = column if is_coded(column) else as_text(column).dictionary_encode()
        values = coded.dictionary.to_pylist()
        known = self.ids if self.are_names else {}
        found = [known.get(value, -1) for value in values]  # most labels stand as they are named
        settled = np.array(
            [self._settled(v.strip()) if n < 0 else n for v, n in zip(values, found, strict=True)] or [-1]
        )
        codes = without_nulls(coded.indices, 0)
        ids = settled[codes]
        good = ids >= 0
        if column.null_count:
            good &= numpy_values(column.is_valid())
        if self.are_whole:
            self._note_decimals(values, codes, good, lines, remarks)
        return ids, good

    def _settled(self, label: str) -> int:
        """The id of a label; -1 where there is something to say of it."""
        if not label:
            return -1
        if not self.are_names and label.isascii() and label.isdigit() and len(label) < len(str(MAX_LABEL)):
            return int(label)
        value = self.read(label, "")
        return value if isinstance(value, int) else -1

    def _of_floats(self, column: Any, lines: Any, remarks: Remarks) -> tuple[Any, Any]:
        import numpy as np
        import pyarrow as pa

        values = without_nulls(column.cast(pa.float64()), np.nan)
        good = (values >= 0) & (values <= MAX_LABEL) & (values == np.floor(values)) & self.are_whole
        if good.any():
            first = int(np.argmax(good))
            remarks.note("I109", WHOLE, line=int(lines[first]), text=str(float(values[first])), count=int(good.sum()))
        return np.where(good, values, -1).astype(np.int64), good

    def _note_decimals(self, values: list[str], codes: Any, good: Any, lines: Any, remarks: Remarks) -> None:
        import numpy as np

        are = np.array([whole_decimal(value.strip()) is not None for value in values] or [False])[codes] & good
        if are.any():
            first = int(np.argmax(are))
            remarks.note("I109", WHOLE, line=int(lines[first]), text=values[codes[first]], count=int(are.sum()))


def without_nulls(column: Any, value: float, /) -> Any:
    """Numbers of a column, of its type, with a value in place of nulls; `fill_null` of pyarrow imports pandas."""
    import numpy as np

    if not column.null_count:
        return numpy_values(column)
    filled = np.full(len(column), value, column.type.to_pandas_dtype())
    valid = numpy_values(column.is_valid())
    filled[valid] = numpy_values(column.drop_null())
    return filled


def is_coded(column: Any, /) -> bool:
    """Whether a column is codes of texts, few enough to be looked at one by one."""
    import pyarrow as pa

    kind = column.type
    if not pa.types.is_dictionary(kind) or kind.value_type != pa.string():
        return False
    return len(column.dictionary) <= max(len(column), _FEW) and not column.dictionary.null_count


def _uses(column: Any) -> Any:
    """How often each text of a coded column stands in it."""
    import numpy as np

    return np.bincount(numpy_values(column.indices.drop_null()), minlength=len(column.dictionary))


def as_text(column: Any, /) -> Any:
    """A column of plain values, without dictionary, as strings."""
    import pyarrow as pa

    return column if column.type == pa.string() else column.cast(pa.string())
