"""`datatool balance`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datatool.cli._dataset import (
    DatasetArgument,
    NamesOption,
    RootOption,
    SplitOption,
    SyntheticOption,
    dataset_from,
)
from datatool.cli._output import JsonOption, emit_json


def balance(
    dataset: DatasetArgument = None,
    strategy: Annotated[str, typer.Option("--strategy", metavar="NAME", help="How often a row is drawn.")] = "natural",
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Default: <stem>.plan.")] = None,
    split: SplitOption = None,
    root: RootOption = None,
    names: NamesOption = None,
    synthetic: SyntheticOption = None,
    seed: Annotated[int, typer.Option("--seed", help="Decides between equal remainders.")] = 0,
    skip_faulty: Annotated[bool, typer.Option("--skip-faulty", help="Leave faulty rows out and count them.")] = False,
    json: JsonOption = False,
) -> None:
    """Decide how often each row is drawn and how much it counts, and write it as a plan."""
    from datatool.balance import make_plan
    from datatool.rows import open_rows

    dataset = dataset or "labels.txt"
    resolved = dataset_from(dataset, split=split, root=root, names=names, synthetic=synthetic)
    out = out or Path(f"{Path(dataset).stem}.plan")
    with open_rows(resolved) as rows:
        plan = make_plan(rows, strategy=strategy, out=out, seed=seed, skip_faulty=skip_faulty)
    if json:
        emit_json(plan.document)
        return
    for cell in plan.document.cells:
        typer.echo(f"{cell['class']} {cell['source']} {cell['rows']} -> {cell['quota']}")
