"""DATASET and its options, the same for every command that takes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._formats import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from datatool.front import Data


@dataclass(frozen=True)
class DatasetOptions:
    """DATASET and its options, as they were given."""

    dataset: Annotated[
        str | None,
        typer.Argument(
            metavar="DATASET",
            help=f"{FORMATS[0].upper()}{FORMATS[1:]}, or a dataset.yaml.",
            show_default=False,
        ),
    ] = None
    split: Annotated[
        list[str] | None,
        typer.Option("--split", metavar="NAME=PATH", help="A further split: train, val or test. Repeatable."),
    ] = None
    root: Annotated[
        str | None,
        typer.Option("--root", metavar="DIR", help="Where paths are opened; default: the folder of their list."),
    ] = None
    names: Annotated[str | None, typer.Option("--names", metavar="FILE", help="Class names: `id name` per line.")] = (
        None
    )
    synthetic: Annotated[
        list[str] | None,
        typer.Option("--synthetic", metavar="GLOB", help="Paths that are synthetic; * crosses /. Repeatable."),
    ] = None
    path_column: Annotated[
        str | None,
        typer.Option("--path-column", metavar="NAME", help="Column of a table with paths; default: by usual names."),
    ] = None
    label_column: Annotated[
        str | None,
        typer.Option("--label-column", metavar="NAME", help="Column of a table with labels; default: by usual names."),
    ] = None
    source_column: Annotated[
        str | None,
        typer.Option("--source-column", metavar="NAME", help="Column of a table with sources; default: source."),
    ] = None
    split_column: Annotated[
        str | None,
        typer.Option("--split-column", metavar="NAME", help="Column of a table with splits; default: split."),
    ] = None

    def read(self, *, default: str | None = None, fetch: Path | None = None) -> Data:
        """The data set that they describe; what is settled by looking at it is stated.

        Args:
            default: DATASET where neither it nor a split was given.
            fetch: Where shards of buckets are copied to.
        """
        from datatool.cli._talk import talk
        from datatool.front import read

        talk("datatool.front")
        return read(
            self.dataset or (None if self.split else default),
            split=self.splits(),
            root=self.root,
            names=self.names,
            synthetic=self.synthetic or (),
            fetch=fetch,
            **{f"{role}_column": name for role, name in self.columns().items()},
        )

    def columns(self) -> dict[str, str]:
        """The columns that are named, by what they hold."""
        given = {
            "path": self.path_column,
            "label": self.label_column,
            "source": self.source_column,
            "split": self.split_column,
        }
        return {role: name for role, name in given.items() if name is not None}

    def splits(self) -> dict[str, str]:
        """The paths of `--split NAME=PATH`, by name."""
        return splits_from(self.split or [])


@dataclass(frozen=True)
class GroupedOptions(DatasetOptions):
    """The same, and which rows belong together."""

    group_column: Annotated[
        str | None,
        typer.Option("--group-column", metavar="NAME", help="Column of a table that says which rows belong together."),
    ] = None
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="REGEX", help="The same by the path: what the pattern captures, else matches."),
    ] = None


EngineOption = Annotated[
    str | None,
    typer.Option("--engine", help="Where images are read: threads, ray or ray:ADDRESS.", show_default="threads"),
]
OutsideOption = Annotated[bool, typer.Option("--allow-outside-root", help="Accept absolute paths and `..`.")]


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
