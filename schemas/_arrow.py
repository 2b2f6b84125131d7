"""numpy and Python values as Arrow arrays, and back, without pandas.

`pyarrow.array` and `Array.to_numpy` import pandas wherever it is installed, to see whether they were given objects of
its kinds. That takes longer than to audit ten thousand lines, and nothing here has such objects.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_array(values: NDArray[Any], /) -> pa.Array:
    """A column of numbers or of booleans; numbers are not copied where they lie side by side.

    >>> arrow_array(np.array([1, 2])).to_pylist(), arrow_array(np.array([True, False])).to_pylist()
    ([1, 2], [True, False])
    """
    import pyarrow as pa

    held = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(held)])


def arrow_texts(texts: Iterable[str | None], /) -> pa.StringViewArray:
    """A column of texts; None is null.

    >>> arrow_texts(["cat", None, "é"]).to_pylist()
    ['cat', None, 'é']
    """
    from pyarrow.lib import StringViewBuilder

    builder = StringViewBuilder()
    builder.append_values(texts)
    return builder.finish()


def numpy_values(column: pa.Array, /) -> NDArray[Any]:
    """The numbers or booleans of a column without nulls; numbers as they lie, not to be written to.

    >>> numpy_values(arrow_array(np.array([1, 2, 3])).slice(1)).tolist()
    [2, 3]
    """
    if str(column.type) != "bool":
        return np.from_dlpack(column)
    bits = np.frombuffer(column.buffers()[1], np.uint8)
    return np.unpackbits(bits, count=column.offset + len(column), bitorder="little")[column.offset :].view(np.bool_)
