"""Class names: `id name` per line."""

from __future__ import annotations

import re
from pathlib import Path

from datatool.rows._written import read_name
from datatool.schemas import MAX_LABEL, DatasetError

_LINE = re.compile(r"\s*([0-9]+)[\s,]+(.*\S)\s*", re.ASCII)


def read_names(path: Path, /) -> dict[int, str]:
    """Names by id; names may hold spaces, and odd ones stand as JSON strings.

    Raises:
        DatasetError: If the file cannot be read, a line is not `id name`, or an id stands twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DatasetError(f"names file must be readable; got '{error.strerror}'", file=path) from None
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"names file must be UTF-8; got byte 0x{error.object[error.start]:02x}",
            file=path,
            line=error.object[: error.start].count(b"\n") + 1,
            hint=f"iconv -f GBK -t UTF-8 {path}",
        ) from None
    names: dict[int, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None or len(found[1].lstrip("0")) > len(str(MAX_LABEL)) or int(found[1]) > MAX_LABEL:
            raise DatasetError(f"names must be `id name` lines; got '{line.strip()}'", file=path, line=number)
        label = int(found[1])
        if label in names:
            raise DatasetError(f"names must give each id once; got {label} again", file=path, line=number)
        names[label] = read_name(found[2])
    return names
