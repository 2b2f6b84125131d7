"""What libraries raise over a damaged file, as an error that names the file."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator

from datatool.schemas import DatasetError


@contextlib.contextmanager
def refuse_damaged(file: object, /) -> Iterator[None]:
    """Turn the exceptions of pyarrow, csv and gzip that a reader let pass into DatasetError."""
    try:
        yield
    except Exception as error:
        if not _blames_file(error):
            raise
        reason = str(error).partition("\n")[0]
        raise DatasetError(f"file must be whole and of its format; got '{reason}'", file=file) from None


def _blames_file(error: Exception) -> bool:
    if isinstance(error, OSError):  # one without a number is no refusal of the system: pyarrow's and gzip's
        return error.errno is None
    names = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    return isinstance(error, csv.Error | UnicodeError) or "pyarrow.lib.ArrowException" in names
