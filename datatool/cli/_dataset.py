"""DATASET and its options, the same for every command that takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._formats import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from datatool.front import Data

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


def columns_from(path: str | None, label: str | None, source: str | None, split: str | None, /) -> dict[str, str]:
    """The columns that the shared options name, by what they hold."""
    given = {"path": path, "label": label, "source": source, "split": split}
    return {role: name for role, name in given.items() if name is not None}


def data_from(
    dataset: str | None,
    /,
    *,
    split: list[str] | None,
    root: str | None,
    names: str | None,
    synthetic: list[str] | None,
    columns: dict[str, str],
    fetch: Path | None = None,
) -> Data:
    """The data set that the shared options describe; what is settled by looking at it is stated."""
    from datatool.cli._talk import talk
    from datatool.front import read

    talk("datatool.front")
    named = {f"{role}_column": name for role, name in columns.items()}
    return read(
        dataset, split=splits_from(split or []), root=root, names=names, synthetic=synthetic or (), fetch=fetch, **named
    )


def splits_from(given: list[str], /) -> dict[str, str]:
    """The paths of `--split NAME=PATH`, by name."""
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
