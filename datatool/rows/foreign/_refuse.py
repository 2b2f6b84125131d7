"""The sentence that names what a file or folder is."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Final

from datatool.rows.foreign._folders import FOREIGN_FOLDERS, look_inside
from datatool.rows.foreign._seen import Seen, look
from datatool.rows.foreign._table import FOREIGN, Foreign
from datatool.rows.foreign._tells import is_binary, is_tar
from datatool.rows.readers import READERS, Given
from datatool.schemas import DatasetError, DatatoolError, Part, escaped

_WHAT: Final = "a data set must be a list, a table or class folders"


def refuse_foreign(part: Part, path: Path, /) -> None:
    """Refuse a part that is something else than its reader reads.

    Args:
        part: What messages call it.
        path: Where its bytes lie, another place than the part's for standard input.

    Raises:
        DatasetError: Naming what it is, and the way on.
    """
    reader = READERS[part.kind]
    if path.is_dir():
        if part.kind == "folder":
            _refuse_folder(path)
        return
    seen = look(path, part.path)
    if seen is None or (not reader.is_text and reader.recognises(Given(path=path, is_folder=False, head=seen.head))):
        return
    found = foreign_of(seen)
    if found is not None:
        raise DatasetError(f"{_WHAT}; got {_called(found, seen)}", file=part.path, hint=_way_on(found, seen))


def refuse_other_file(path: Path, /, *, what: str, error: type[DatatoolError] = DatasetError) -> None:
    """Refuse what is given in the place of a text file and is none.

    Args:
        path: The file; one that is not there is left to whoever opens it.
        what: What it must be, as a message begins: "names must be `id name` lines".
        error: What to raise.

    Raises:
        DatatoolError: Of the given kind, naming what the file is.
    """
    if path.is_dir():
        found = next((one.noun for one in FOREIGN_FOLDERS if one.tells(look_inside(path))), "a folder")
        raise error(f"{what}; got {found}", file=path)
    seen = look(path, str(path))
    told = None if seen is None else foreign_of(seen)
    if seen is not None and told is not None and told.noun != "a file of class names":
        raise error(f"{what}; got {_called(told, seen)}", file=path)


def refuse_binary_file(path: Path, /, *, what: str, hint: str) -> None:
    """Refuse a file whose bytes are no text; text of any kind, an HTML page or JSON too, is left to whoever reads it.

    Args:
        path: The file; one that cannot be opened is left too.
        what: What it must be, as a message begins: "LOG must be text".
        hint: The way on.

    Raises:
        DatasetError: Naming what the file is.
    """
    seen = look(path, str(path))
    told = None if seen is None else foreign_of(seen)
    if seen is not None and told is not None and _is_no_text(seen, told):
        raise DatasetError(f"{what}; got {_called(told, seen)}", file=path, hint=hint)


def _is_no_text(seen: Seen, told: Foreign) -> bool:
    """Zeros alone make no binary data: a log that was emptied while it was written begins with them."""
    if told is FOREIGN[-1]:
        return is_binary(replace(seen, head=seen.head.replace(b"\0", b"")))
    return not told.is_text


def foreign_of(seen: Seen, /) -> Foreign | None:
    """The format of a file that is none of a data set."""
    return next((one for one in FOREIGN if one.tells(seen)), None)


def _refuse_folder(path: Path) -> None:
    inside = look_inside(path)
    found = next((one for one in FOREIGN_FOLDERS if one.tells(inside)), None)
    if found is not None:
        raise DatasetError(f"{_WHAT}; got {found.noun}", file=path, hint=found.way_on(inside))


def _called(found: Foreign, seen: Seen) -> str:
    return f"{found.noun}, packed by gzip" if seen.is_packed else found.noun


def _way_on(found: Foreign, seen: Seen) -> str:
    name = escaped(os.fsencode(seen.name).decode(errors="backslashreplace"))
    if seen.is_packed and not is_tar(seen):
        return f"unpack it with gzip --decompress --keep {shlex.quote(name)}, and give what it holds"
    folder = Path(name).with_suffix("").with_suffix("").name if seen.is_packed else Path(name).stem
    return found.way_on.format(file=shlex.quote(name), folder=shlex.quote(folder or "data"))
