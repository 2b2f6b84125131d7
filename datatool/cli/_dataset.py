"""DATASET and its options, the same for every command that takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._formats import FORMATS

if TYPE_CHECKING:
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


def dataset_from(
    dataset: str | None,
    /,
    *,
    split: list[str] | None,
    root: str | None,
    names: str | None,
    synthetic: list[str] | None,
) -> Dataset:
    """The data set that the shared options describe."""
    from datatool.rows import resolve

    return resolve(dataset, splits=_splits(split or []), root=root, names=names, synthetic=synthetic or ())


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
