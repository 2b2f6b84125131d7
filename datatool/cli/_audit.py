"""`datatool audit`."""

from __future__ import annotations

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


def audit(
    dataset: DatasetArgument = None,
    split: SplitOption = None,
    root: RootOption = None,
    names: NamesOption = None,
    synthetic: SyntheticOption = None,
    json: JsonOption = False,
) -> None:
    """Check labels and lists: class_num, gaps, conflicts, duplicates, leaks, imbalance."""
    from datatool.audit import audit as run
    from datatool.rows import open_rows

    resolved = dataset_from(dataset, split=split, root=root, names=names, synthetic=synthetic)
    with open_rows(resolved) as rows:
        document = run(rows)
    if json:
        emit_json(document)
    else:
        typer.echo(f"{document.rows:,} rows, class_num {document.class_num}")
        for one in document.findings:
            typer.echo(f"{one.code} {one.name}: {one.message}")
    if any(one.severity == "error" for one in document.findings):
        raise typer.Exit(1)
