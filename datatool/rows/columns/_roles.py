"""Which column of a table holds what, by the names in its header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from datatool.schemas import DatasetError

ROLES: Final = ("path", "label", "source", "split")
OPTIONAL_ROLES: Final = ("source", "split")  # columns of these names
_NAMES: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("path", "image", "image_path", "img_path", "file", "file_name", "filename", "filepath", "image_id"), "path"
    ),
    **dict.fromkeys(("label", "class", "class_id", "label_id", "target", "category"), "label"),
    **{role: role for role in OPTIONAL_ROLES},
}
_WAY_ON: Final = "say which with --path-column, --label-column, --source-column, --split-column and --group-column"
_MOST_SHOWN: Final = 200  # characters of a header in a message
_ONE_HOT: Final = frozenset({"0", "1", "0.0", "1.0", "false", "true"})


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Places of the columns in a header, from 0; None where there is none.

    Attributes:
        path: Of the images.
        label: Of their classes; None only for those who need no label.
        source: Of their sources.
        split: Of their splits.
        names: Role -> name of its column, as the header has it.
    """

    path: int
    label: int | None
    source: int | None
    split: int | None
    names: Mapping[str, str]


def role_of(name: str, /) -> str | None:
    """What a column of this name holds, case aside; None for a name that is not known.

    >>> role_of("Image_ID"), role_of("breed")
    ('path', None)
    """
    return _NAMES.get(name.strip().lower())


def find_columns(
    header: Sequence[str], given: Mapping[str, str], /, *, file: str, needed: Sequence[str] = ("path", "label")
) -> Columns:
    """Tell the columns of a table by name.

    Args:
        header: Names of all columns.
        given: Role -> name, for the columns that a user named.
        file: For messages.
        needed: Roles that must be there.

    Raises:
        DatasetError: If a needed column is not there, or more than one could be meant.
    """
    at = {role: _find(role, header, given.get(role), file=file, is_needed=role in needed) for role in ROLES}
    path = at["path"]
    assert path is not None
    if path == at["label"]:
        raise DatasetError(
            f"path and label must stand in two columns; got '{header[path].strip()}' for both", file=file, hint=_WAY_ON
        )
    return Columns(
        path=path,
        label=at["label"],
        source=at["source"],
        split=at["split"],
        names={role: header[place].strip() for role, place in at.items() if place is not None},
    )


def _find(role: str, header: Sequence[str], given: str | None, *, file: str, is_needed: bool) -> int | None:
    names = [name.strip() for name in header]
    if given is not None:
        found = _named(names, given)
        wanted = f"one '{given}'"
    else:
        found = [at for at, name in enumerate(names) if name.lower() == role]
        found = found or [at for at, name in enumerate(names) if role_of(name) == role]
        wanted = f"one for the {role}"
    if len(found) == 1:
        return found[0]
    if not found and given is None and not is_needed:
        return None
    raise _unfit(names, wanted, found, file=file)


def _named(names: Sequence[str], given: str) -> list[int]:
    """Places of a name; where none is equal, of those that are case aside."""
    found = [at for at, name in enumerate(names) if name == given]
    return found or [at for at, name in enumerate(names) if name.lower() == given.lower()]


def _unfit(names: Sequence[str], wanted: str, found: Sequence[int], *, file: str) -> DatasetError:
    which = f", of which {' and '.join(names[at] for at in found)} may be meant" if found else ""
    return DatasetError(
        f"the columns of a table must have {wanted}; got '{shown_header(names)}'{which}", file=file, hint=_WAY_ON
    )


def place_of(header: Sequence[str], name: str, /, *, file: str) -> int | None:
    """The place of a column by its name, case aside; None where there is none.

    Raises:
        DatasetError: If more than one could be meant.
    """
    names = [each.strip() for each in header]
    found = _named(names, name.strip())
    if len(found) > 1:
        raise _unfit(names, f"one '{name}'", found, file=file)
    return found[0] if found else None


def no_column(header: Sequence[str], name: str, /, *, file: str) -> DatasetError:
    """The error that a table has no column of a name."""
    return _unfit([each.strip() for each in header], f"one '{name}'", [], file=file)


def shown_header(names: Sequence[str], /) -> str:
    """Names of columns for a message."""
    text = ", ".join(names)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


def refuse_one_hot(
    header: Sequence[str], rows: Sequence[Sequence[str]], given: Mapping[str, str], /, *, file: str
) -> None:
    """Raise DatasetError where no column is one of labels, and two or more hold nothing but 0 and 1.

    Args:
        header: Names of all columns.
        rows: The first rows, as text.
        given: Role -> name, for the columns that a user named.
        file: For the message.
    """
    if "label" in given or any(role_of(name) == "label" for name in header):
        return
    known = {name.lower() for name in given.values()}
    flags = [
        name.strip()
        for at, name in enumerate(header)
        if role_of(name) is None and name.strip().lower() not in known and _holds_flags(at, rows)
    ]
    if len(flags) > 1:
        raise DatasetError(
            f"labels must stand in one column; got '{shown_header(flags)}', which hold 0 and 1: one column for each "
            "class (one-hot)",
            file=file,
            hint="write one column label with the class of each row",
        )


def _holds_flags(at: int, rows: Sequence[Sequence[str]]) -> bool:
    held = {row[at].strip().lower() for row in rows if at < len(row) and row[at].strip()}
    return bool(held) and held <= _ONE_HOT
