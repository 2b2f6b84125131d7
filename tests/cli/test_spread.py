"""Options that several commands share reach a command as one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from datatool.cli._dataset import DatasetOptions
from datatool.cli._spread import spread
from tests.helpers.program import Cli


@dataclass(frozen=True)
class Paint:
    """Two shared options."""

    colour: Annotated[str, typer.Option("--colour")] = "red"
    coats: Annotated[int, typer.Option("--coats")] = 1


def test_a_dataclass_becomes_an_option_per_field_where_it_stands() -> None:
    seen = []

    def command(what: Annotated[str, typer.Argument()], paint: Paint, *, dry: bool = False) -> None:
        seen.append((what, paint, dry))

    app = typer.Typer(add_completion=False)
    app.command()(spread(command))
    built = typer.main.get_command(app)
    built.main(["door", "--coats", "3", "--dry"], standalone_mode=False)

    assert [option.name for option in built.params] == ["what", "colour", "coats", "dry"]
    assert seen == [("door", Paint("red", 3), True)]


def test_splits_and_columns_are_read_from_what_was_given() -> None:
    given = DatasetOptions(split=["val=v.txt"], label_column="kind")

    assert (given.splits(), given.columns()) == ({"val": "v.txt"}, {"label": "kind"})


def test_the_options_of_a_data_set_are_those_of_every_command_that_takes_one(cli: Cli) -> None:
    shared = (
        "--split",
        "--root",
        "--names",
        "--synthetic",
        *(f"--{one}-column" for one in ("path", "label", "source")),
    )
    for command in ("audit", "relabel", "clean", "split", "balance", "advise", "suspects", "prepare", "pack"):
        shown = cli(command, "--help").out
        assert all(option in shown for option in shared), command
