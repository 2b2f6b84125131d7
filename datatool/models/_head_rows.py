"""Which class of a new head each row of an old one belongs to: rows follow class names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.errors import CheckpointError
from datatool.schemas import ModelMeta, RunState

# What lies beside the weights of a checkpoint and of an export, and has their class names.
_BESIDE: Final[dict[str, type[RunState | ModelMeta]]] = {"state.json": RunState, "model.meta.json": ModelMeta}


@dataclass(frozen=True, kw_only=True)
class HeadRows:
    """Where rows of an old head go.

    Attributes:
        places: The new class of each old row, in the order of the old ones; all different.
        note: What is to be said about it, where ids had to be trusted.
    """

    places: tuple[int, ...]
    note: str | None = None


def names_beside(path: Path, /) -> list[str] | None:
    """Class names of a weight file, id = place, from the checkpoint or export that it lies in; None elsewhere.

    Raises:
        CheckpointError: If what lies beside it cannot be read.
    """
    from pydantic import ValidationError

    for name, document in _BESIDE.items():
        file = path.with_name(name)
        if not file.is_file():
            continue
        try:
            tree = json.loads(file.read_bytes())
            return document.model_validate(tree).names
        except (OSError, ValueError, RecursionError, ValidationError) as error:
            what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error) or "too deep"
            raise CheckpointError(
                f"{name} beside the weights must tell their classes; got '{what[:200]}'",
                file=file,
                hint="move the weights to a folder of their own where it has nothing to do with them",
            ) from None
    return None


def head_rows(
    num_rows: int, old: Sequence[str] | None, new: Sequence[str], /, *, mode: str, class_num: int, file: Path
) -> HeadRows:
    """Send each row of an old head to the class of its name.

    A class without a name is called by its id, in `state.json` too. Where only one side has names, or none, ids are
    trusted.

    Args:
        num_rows: Classes of the old head.
        old: Names of its classes, id = place; None where they are not known.
        new: Names of the model's classes; empty where they are not known.
        mode: `model.head`, for messages.
        class_num: Classes of the model, at least ``num_rows``.
        file: The weight file, for messages.

    Raises:
        CheckpointError: Naming the first class of the old head that the new one has not.

    >>> head_rows(2, ["cat", "dog"], ["ant", "cat", "dog"], mode="grow", class_num=3, file=Path("w")).places
    (1, 2)
    """
    if old is not None and len(old) != num_rows:
        raise CheckpointError(
            f"weights must have a row for each class that is named beside them; got {num_rows} rows and {len(old)} "
            "names",
            file=file,
        )
    if not _named(old) or not _named(new):
        return HeadRows(places=tuple(range(num_rows)), note=_trusted(_named(old), _named(new)))
    assert old is not None
    if list(old) == list(new[:num_rows]):
        return HeadRows(places=tuple(range(num_rows)))
    return HeadRows(places=_followed(old, new, mode=mode, class_num=class_num, file=file))


def _named(names: Sequence[str] | None) -> bool:
    return names is not None and any(name != str(index) for index, name in enumerate(names))


def _trusted(old: bool, new: bool) -> str:
    both = "neither the weight file nor the data has class names"
    why = "the data has no class names" if old else "the weight file has no class names" if new else both
    return f"rows of the old head keep their ids, since {why}: a class must have the id it had then"


def _followed(old: Sequence[str], new: Sequence[str], *, mode: str, class_num: int, file: Path) -> tuple[int, ...]:
    places = {name: index for index, name in enumerate(new)}
    _check_once(old, new, file=file)
    taken = {places[name] for name in old if name in places}
    found = []
    for index, name in enumerate(old):
        place = places.get(name)
        if place is None and name == str(index) and index < class_num and index not in taken:
            place = index  # a row that had no name yet stays in its place, which nobody else asks for
        if place is None:
            raise CheckpointError(
                f"model.head: {mode} must find each class of the old head by its name; class {index}, '{name[:100]}', "
                "is not in the data",
                file=file,
                hint="name the data's classes as they were then, or set model.head to new",
            )
        found.append(place)
    return tuple(found)


def _check_once(old: Sequence[str], new: Sequence[str], *, file: Path) -> None:
    for names, whose in ((old, "the old head's"), (new, "the data's")):
        name, times = Counter(names).most_common(1)[0]
        if times > 1:
            raise CheckpointError(
                f"rows of a head must follow names that are there once; '{name[:100]}' is there {times} times among "
                f"{whose}",
                file=file,
                hint="give each class a name of its own",
            )
