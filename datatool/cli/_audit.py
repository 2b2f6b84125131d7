"""`datatool audit`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from datatool.cli._dataset import (
    DatasetArgument,
    LabelColumnOption,
    NamesOption,
    PathColumnOption,
    RootOption,
    SourceColumnOption,
    SplitColumnOption,
    SplitOption,
    SyntheticOption,
    columns_from,
    dataset_from,
)
from datatool.cli._output import JsonOption, emit_json, say
from datatool.schemas import MAX_PIXELS


class FailOn(StrEnum):
    """The mildest finding that makes the exit code 1."""

    error = "error"
    warning = "warning"
    info = "info"
    never = "never"


_FAILING = {
    FailOn.error: {"error"},
    FailOn.warning: {"error", "warning"},
    FailOn.info: {"error", "warning", "info"},
    FailOn.never: set[str](),
}


def audit(
    dataset: DatasetArgument = None,
    split: SplitOption = None,
    root: RootOption = None,
    names: NamesOption = None,
    synthetic: SyntheticOption = None,
    path_column: PathColumnOption = None,
    label_column: LabelColumnOption = None,
    source_column: SourceColumnOption = None,
    split_column: SplitColumnOption = None,
    class_num: Annotated[
        int | None, typer.Option("--class-num", help="What the model was built for.", show_default=False)
    ] = None,
    feature_dim: Annotated[int, typer.Option("--feature-dim", help="Width before the final layer.")] = 2048,
    allow_outside_root: Annotated[
        bool, typer.Option("--allow-outside-root", help="Accept absolute paths and `..`.")
    ] = False,
    images: Annotated[bool, typer.Option("--images", help="Read the images too: damage, leaks, conflicts.")] = False,
    max_pixels: Annotated[
        int, typer.Option("--max-pixels", help="Refuse larger images from their header.")
    ] = MAX_PIXELS,
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="Where images are read: threads, ray or ray:ADDRESS.", show_default="threads"),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="A finding to leave out. Repeatable.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="AUDIT", help="An earlier audit.json: report only what is new.")
    ] = None,
    suspects: Annotated[
        Path | None,
        typer.Option("--suspects", metavar="DIR", help="What datatool suspects wrote: I801 to I804 with the rest."),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The mildest finding that makes the exit code 1.")
    ] = FailOn.error,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write audit.json, findings.parquet and report.html."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check labels and lists: class_num, gaps, conflicts, duplicates, leaks, imbalance."""
    from datatool.audit import AuditOptions
    from datatool.audit import audit as run
    from datatool.cli._audit_text import audit_text, echo
    from datatool.rows import open_rows

    options = AuditOptions(
        class_num=class_num,
        feature_dim=feature_dim,
        allow_outside_root=allow_outside_root,
        ignore=frozenset(code.strip().upper() for text in ignore or () for code in text.split(",")),
        baseline=baseline,
        images=images,
        max_pixels=max_pixels,
        engine=engine,
        suspects=suspects,
    )
    if engine is not None and not images:
        say("--engine is left unused: without --images no file is read")
    columns = columns_from(path_column, label_column, source_column, split_column)
    resolved = dataset_from(dataset, split=split, root=root, names=names, synthetic=synthetic, columns=columns)
    with open_rows(resolved) as rows:
        document = run(rows, options=options, out=out)
        folder_names = rows.names if rows.folder_classes and resolved.names is None else None
    if json:
        emit_json(document)
    else:
        echo(audit_text(document, folder_names=folder_names, compared=baseline is not None))
    if out is not None:
        say(f"wrote {out}")
    if any(finding.severity in _FAILING[fail_on] for finding in document.findings):
        raise typer.Exit(1)
