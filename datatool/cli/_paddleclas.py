"""`datatool paddleclas`: audit, balance and check for people who stay with PaddleClas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datatool.cli._audit import FAILING, FailOn
from datatool.cli._output import JsonOption, emit_json

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)

YamlArgument = Annotated[Path, typer.Argument(metavar="YAML", help="A YAML of PaddleClas, such as its shipped ones.")]
CwdOption = Annotated[
    Path | None,
    typer.Option("--cwd", metavar="DIR", help="Where PaddleClas runs, which paths of the YAML are relative to."),
]
OverrideOption = Annotated[
    list[str] | None,
    typer.Option("-o", "--override", metavar="KEY=VALUE", help="As PaddleClas takes it; never evaluated. Repeatable."),
]


@app.callback()
def _paddleclas() -> None:
    """Audit, balance and check what a YAML of PaddleClas names, without an edit to PaddleClas."""


@app.command()
def audit(
    yaml: YamlArgument,
    override: OverrideOption = None,
    cwd: CwdOption = None,
    images: Annotated[bool, typer.Option("--images", help="Read the images too: missing, damaged, leaks.")] = False,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="A finding to leave out. Repeatable.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The mildest finding that makes the exit code 1.")
    ] = FailOn.error,
    json: JsonOption = False,
) -> None:
    """Audit every list of a YAML as PaddleClas reads it: lines, ids, class_num, relabel, names."""
    from datatool.cli._audit_text import echo
    from datatool.cli._paddleclas_text import audit_text
    from datatool.paddleclas import audit_config, read_config

    config = read_config(yaml, overrides=override or [], cwd=cwd)
    codes = frozenset(code.strip().upper() for text in ignore or () for code in text.split(","))
    document = audit_config(config, ignore=codes, images=images)
    if json:
        emit_json(document)
    else:
        echo(audit_text(document))
    if any(finding.severity in FAILING[fail_on] for finding in document.findings):
        raise typer.Exit(1)
