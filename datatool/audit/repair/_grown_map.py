"""The map of a relabelling, continued: ids of old labels never change, new ones come behind, and merges join."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from datatool.audit._context import MAP
from datatool.rows import csv_options, delimiter_of, read_names
from datatool.schemas import ConfigError, MapStep, RelabelMap, load_map, nearest

NAMES: Final = "label_list.txt"
_HEADER: Final = ["old", "new"]


def read_map(path: Path, /) -> tuple[RelabelMap, dict[str, int] | None]:
    """A map, and the ids of its names: its own labels, or names that lie beside it where those are ids.

    Args:
        path: `map.json`, or the folder that holds it.

    Raises:
        ConfigError: If it is no map.
    """
    file = path / MAP if path.is_dir() else path
    made = load_map(file)
    if made.labels == "names":
        return made, dict(made.map)
    beside = file.parent / NAMES
    return made, {name: label for label, name in read_names(beside).items()} if beside.is_file() else None


def read_merge(file: Path, /) -> dict[str, str]:
    """Old name -> the name that it becomes in the end, from a CSV with the columns old and new.

    A comma, semicolon or tab stands between them, as in tables of rows: spreadsheets write what their language has.

    Raises:
        ConfigError: If a line is anything else, a name is merged twice or, over several lines, into itself.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            text = list(stream)
        told = csv_options(delimiter_of(next(filter(str.strip, text), ""), is_named=True))
        lines = [(number, cells) for number, cells in enumerate(csv.reader(text, **told), 1) if any(cells)]
    except OSError as error:
        raise ConfigError(f"--merge must be a readable CSV; got '{error.strerror}'", file=file) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"--merge must be a readable CSV; got '{error}'", file=file) from None
    merged: dict[str, str] = {}
    for number, cells in lines:
        names = [cell.strip() for cell in cells]
        if number == lines[0][0] and [name.lower() for name in names] == _HEADER:
            continue
        if len(names) != len(_HEADER) or not all(names):
            raise ConfigError(f"--merge must have lines `old,new`; got '{','.join(cells)}'", file=file, line=number)
        if names[0] in merged:
            raise ConfigError(f"--merge must name each old class once; got '{names[0]}' again", file=file, line=number)
        merged[names[0]] = names[1]
    if not merged:
        raise ConfigError("--merge must join a class; got no line `old,new`", file=file)
    return {old: _end(old, merged, file) for old in merged}


def _end(name: str, merged: Mapping[str, str], file: Path) -> str:
    seen = [name]
    while name in merged:
        name = merged[name]
        if name in seen:
            raise ConfigError(f"--merge must lead to an end; got '{' -> '.join([*seen, name])}'", file=file)
        seen.append(name)
    return name


def grow_map(
    old: RelabelMap | None, ids: Mapping[str, int], labels: Iterable[str], merged: Mapping[str, str], /, *, named: bool
) -> RelabelMap:
    """The map that takes in the labels of a data set.

    A label of the old map keeps its id, whether it is still there or not. A merged label gets the id of what it is
    merged into, and its own id is given to no other. New labels get the next ids in the order given.

    Args:
        old: None begins anew.
        ids: The old map's label -> id.
        labels: Of the data set, each once.
        merged: Label -> what it becomes.
        named: Whether labels are names.

    Raises:
        ConfigError: If a label that is merged is nowhere.
    """
    labels = list(labels)
    _check_merged(merged, {*ids, *labels})
    inverse = _inverse(old, ids, named=named)
    ends = {label: _joined(label, merged, ids, inverse) for label in [*labels, *ids, *merged]}
    fresh = [name for name in dict.fromkeys(ends.values()) if name not in ids]
    added = {name: len(inverse) + place for place, name in enumerate(fresh)}
    known = {**ids, **added}
    now = {label: known[end] for label, end in {**{name: name for name in added}, **ends}.items()}
    inverse |= {label: name if named else int(name) for name, label in added.items()}
    step = MapStep(
        added=added,
        merged=dict(merged),
        left=sorted(set(inverse) - {now[label] for label in labels}),
    )
    return RelabelMap(
        labels="names" if named else "ids",
        class_num=len(inverse),
        map=now,
        inverse=dict(sorted(inverse.items())),
        history=[*([] if old is None else old.history), step],
    )


def _inverse(old: RelabelMap | None, ids: Mapping[str, int], *, named: bool) -> dict[int, int | str]:
    """Every id from 0 up with its label; an id that never had a name is called by itself."""
    if old is None:
        return {}
    if named and old.labels == "ids":
        names = {label: name for name, label in ids.items()}
        return {label: names.get(label, str(label)) for label in range(max([old.class_num - 1, *names]) + 1)}
    return {label: old.inverse.get(label, str(label)) for label in range(old.class_num)}


def _joined(label: str, merged: Mapping[str, str], ids: Mapping[str, int], inverse: Mapping[int, int | str], /) -> str:
    """What a label is in the end, merges of the old map included, whose ids say what was joined to what."""
    seen = {label}
    while True:
        then = merged.get(label, label)
        then = str(inverse[ids[then]]) if then in ids else then
        if then == label or then in seen:
            return then
        seen.add(then)
        label = then


def _check_merged(merged: Mapping[str, str], known: set[str]) -> None:
    for name in merged:
        if name not in known:
            near = nearest(name, known)
            raise ConfigError(
                f"--merge must name classes of the map or the data set; got '{name}'",
                hint=None if near is None else f"did you mean '{near}'?",
            )
