"""DATASET and its options, the same for every command that takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._formats import FORMATS

if TYPE_CHECKING:
    from datatool.rows import Grouping, Rows
    from datatool.schemas import Dataset

DatasetArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="DATASET",
        help=f"{FORMATS[0].upper()}{FORMATS[1:]}, or a dataset.yaml.",
        show_default=False,
    ),
]
SplitOption = Annotated[
    list[str] | None,
    typer.Option("--split", metavar="NAME=PATH", help="A further split: train, val or test. Repeatable."),
]
RootOption = Annotated[
    str | None, typer.Option("--root", metavar="DIR", help="Where paths are opened; default: the folder of their list.")
]
NamesOption = Annotated[str | None, typer.Option("--names", metavar="FILE", help="Class names: `id name` per line.")]
SyntheticOption = Annotated[
    list[str] | None,
    typer.Option("--synthetic", metavar="GLOB", help="Paths that are synthetic; * crosses /. Repeatable."),
]
PathColumnOption = Annotated[
    str | None,
    typer.Option("--path-column", metavar="NAME", help="Column of a table with paths; default: by usual names."),
]
LabelColumnOption = Annotated[
    str | None,
    typer.Option("--label-column", metavar="NAME", help="Column of a table with labels; default: by usual names."),
]
SourceColumnOption = Annotated[
    str | None, typer.Option("--source-column", metavar="NAME", help="Column of a table with sources; default: source.")
]
SplitColumnOption = Annotated[
    str | None, typer.Option("--split-column", metavar="NAME", help="Column of a table with splits; default: split.")
]
GroupColumnOption = Annotated[
    str | None,
    typer.Option("--group-column", metavar="NAME", help="Column of a table that says which rows belong together."),
]
GroupOption = Annotated[
    str | None,
    typer.Option("--group", metavar="REGEX", help="The same by the path: what the pattern captures, else matches."),
]


def grouping_from(column: str | None, pattern: str | None, /) -> Grouping:
    """What the shared options group rows by."""
    from datatool.rows import Grouping

    return Grouping(column=column, pattern=pattern)


def columns_from(path: str | None, label: str | None, source: str | None, split: str | None, /) -> dict[str, str]:
    """The columns that the shared options name, by what they hold."""
    given = {"path": path, "label": label, "source": source, "split": split}
    return {role: name for role, name in given.items() if name is not None}


def dataset_from(
    dataset: str | None,
    /,
    *,
    split: list[str] | None,
    root: str | None,
    names: str | None,
    synthetic: list[str] | None,
    columns: dict[str, str],
    unpack: Callable[[str], str] | None = None,
) -> Dataset:
    """The data set that the shared options describe; ``unpack`` as in `datatool.rows.resolve`."""
    from datatool.rows import resolve

    return resolve(
        dataset,
        splits=_splits(split or []),
        root=root,
        names=names,
        synthetic=synthetic or (),
        columns=columns,
        unpack=unpack,
    )


def say_reading(rows: Rows, /) -> None:
    """State what was settled by looking at the data: headers and columns of tables."""
    from datatool.cli._output import say

    for sentence in rows.stated:
        say(sentence)


def say_groups(rows: Rows, /) -> None:
    """State how rows were grouped, where they were."""
    from datatool.cli._output import say

    if rows.grouped is not None:
        say(rows.grouped)


def _splits(given: list[str]) -> dict[str, str]:
    from datatool.schemas import ConfigError

    splits: dict[str, str] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise ConfigError(f"--split must be NAME=PATH; got '{text}'", hint="for example --split val=val_list.txt")
        if name in splits:
            raise ConfigError(
                f"--split must name each split once; got '{name}' twice", hint="join lists in a dataset.yaml"
            )
        splits[name] = path
    return splits
