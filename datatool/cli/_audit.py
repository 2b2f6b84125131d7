"""`datatool audit`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli import _complete
from datatool.cli._dataset import EngineOption, GroupedOptions, OutsideOption
from datatool.cli._output import FailOn, JsonOption, emit_json, say, show
from datatool.schemas import MAX_PIXELS

if TYPE_CHECKING:
    from datatool.schemas import AuditDocument


class Form(StrEnum):
    """What the findings are printed as."""

    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"


def audit(
    given: GroupedOptions,
    class_num: Annotated[
        int | None, typer.Option("--class-num", help="What the model was built for.", show_default=False)
    ] = None,
    feature_dim: Annotated[int, typer.Option("--feature-dim", help="Width before the final layer.")] = 2048,
    allow_outside_root: OutsideOption = False,
    images: Annotated[bool, typer.Option("--images", help="Read the images too: damage, leaks, conflicts.")] = False,
    max_pixels: Annotated[
        int, typer.Option("--max-pixels", help="Refuse larger images from their header.")
    ] = MAX_PIXELS,
    engine: EngineOption = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="CODE", help="A finding to leave out. Repeatable.", autocompletion=_complete.codes
        ),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="AUDIT", help="An earlier audit.json: report only what is new.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="MODEL", help="A folder of datatool export: its confidences, for --baseline."),
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
    form: Annotated[
        Form, typer.Option("--format", help="github: annotations of a workflow; sarif: for code scanning.")
    ] = Form.text,
    json: JsonOption = False,
) -> None:
    """Check labels and lists: class_num, gaps, conflicts, duplicates, leaks, imbalance."""
    from datatool.cli._audit_text import audit_text, echo

    data = given.read()
    report = data.audit(
        class_num=class_num,
        feature_dim=feature_dim,
        allow_outside_root=allow_outside_root,
        images=images,
        max_pixels=max_pixels,
        engine=engine,
        group_column=given.group_column,
        group=given.group,
        model=model,
        suspects=suspects,
        ignore=ignore or (),
        baseline=baseline,
        out=out,
    )
    if json or form is Form.json:
        emit_json(report)
    elif form is not Form.text:
        _emit_for_ci(report.document, form)
    else:
        echo(audit_text(report.document, sorted_names=report.sorted_names, compared=baseline is not None))
    if out is not None:
        say(f"wrote {out}")
    if report.fails(fail_on.value):
        raise typer.Exit(1)


def _emit_for_ci(document: AuditDocument, form: Form) -> None:
    from datatool.cli._audit_ci import github_lines, sarif

    if form is Form.sarif:
        emit_json(sarif(document))
        return
    for line in github_lines(document):
        show(line)
    many = "" if len(document.findings) == 1 else "s"
    say(f"{len(document.findings)} finding{many} in {document.rows:,} rows")
