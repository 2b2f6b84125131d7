"""Classes of a list held against those of a run: by name where both have names, else by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError, DatasetError
from datatool.schemas import Plan, nearest


def classes_of(plans: Sequence[Plan], class_num: int, /, *, own: Mapping[int, str] = {}) -> list[str]:
    """A name for every class of a run; its id where no stage's plan names it, nor ``own``, the recipe's names.

    Raises:
        ConfigError: If two stages name a class differently.
    """
    names: dict[int, str] = {}
    for index, plan in enumerate(plans):
        for label, name in sorted((plan.names or {}).items()):
            if names.setdefault(label, name) != name:
                raise ConfigError(
                    f"the stages of a run must name its classes alike; class {label} is '{name}' in stage {index} and "
                    f"'{names[label]}' before",
                    hint="give the lists of all stages one names file",
                )
    for label, name in sorted(own.items()):
        if names.setdefault(label, name) != name:
            raise ConfigError(
                f"data.names must name classes as the plan does; class {label} is '{name}', and '{names[label]}' there",
                hint="leave data.names out, or make the plan again with --names",
            )
    return [names.get(index, str(index)) for index in range(class_num)]


def names_of(file: Path | str | None, /) -> Mapping[int, str]:
    """Names by id of a names file; none where no file is given."""
    from datatool.rows import read_names

    return {} if file is None else read_names(Path(file))


def with_names(classes: Sequence[str], own: Mapping[int, str], /) -> list[str]:
    """Names of classes, those that have only their id named by ``own``.

    >>> with_names(["0", "cat"], {0: "dog", 1: "bee"})
    ['dog', 'cat']
    """
    return [own.get(index, name) if name == str(index) else name for index, name in enumerate(classes)]


def as_classes(
    label: NDArray[np.int64], own: Mapping[int, str], /, *, classes: Sequence[str], counted: bool, file: str
) -> NDArray[np.int64]:
    """Labels of a list as class ids of a run, int64 (N,).

    A class of the list is the run's class of that name. A class that only one side names is the run's of that id.

    Args:
        label: int64 (N,), ids of the list.
        own: The list's names by id.
        classes: The run's names; the id as text where a class has none.
        counted: Whether the list's ids are no more than the order of its folders' names: those say nothing of the run.
        file: The list, for messages.

    Raises:
        DatasetError: If a class of the list is none of the run's, or two of them would be one.
    """
    present, inverse = np.unique(label, return_inverse=True)
    places: dict[str, int | None] = {}
    for place, name in enumerate(classes):
        places[name] = None if name in places else place
    taken: dict[int, int] = {}  # class of the run -> id in the list
    for index in present.tolist():
        found = _class_of(index, own.get(index), classes, places, counted=counted, file=file)
        if taken.setdefault(found, index) != index:
            raise DatasetError(
                f"classes of a list to evaluate on must be different ones of the run's; got {taken[found]} and {index} "
                f"as class {found}",
                file=file,
                hint="name all of its classes, or none",
            )
    return np.array(list(taken), np.int64)[inverse]


def _class_of(
    index: int,
    name: str | None,
    classes: Sequence[str],
    places: Mapping[str, int | None],
    /,
    *,
    counted: bool,
    file: str,
) -> int:
    known = index < len(classes)
    if name is None or (known and classes[index] == name):
        return index
    place = places.get(name)
    if place is not None:
        return place
    if not counted and (not known or classes[index] == str(index)):  # an id beyond class_num is found later
        return index
    near = nearest(name, classes)
    raise DatasetError(
        f"classes of a list to evaluate on must be the run's {len(classes)}; got '{name}'",
        file=file,
        hint="give it the names file of the training list, as names: in a dataset file"
        if near is None
        else f"did you mean '{near}'?",
    )
