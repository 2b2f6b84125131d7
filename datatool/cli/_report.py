"""`datatool report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datatool.cli._output import JsonOption, emit_json, say, show


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder that datatool train wrote.")],
    against: Annotated[
        Path | None, typer.Option("--against", metavar="RUN", help="An older run: before and after, on the same rows.")
    ] = None,
    list_: Annotated[
        str | None,
        typer.Option("--list", metavar="DATASET", help="Rows for --against; default: data.test, else data.val."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Default: report.html in the run folder.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make the page of a run again, with before and after where another run is given."""
    from datatool.cli._compare import print_comparison
    from datatool.cli._talk import talk
    from datatool.evaluation.page import write_report

    talk("datatool.training")
    file, compared = write_report(run, against=against, list=list_, out=out)
    if json:
        emit_json(
            {
                "report": str(file),
                "compare": None if compared is None else compared.model_dump(mode="json", by_alias=True),
            }
        )
        return
    if compared is not None:
        print_comparison(compared)
    say(f"wrote {file}")
    show(str(file))
