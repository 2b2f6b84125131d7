"""`datatool explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datatool.cli import _complete
from datatool.cli._output import JsonOption, emit_json, show


def explain(
    log: Annotated[
        str,
        typer.Argument(
            metavar="LOG|CODE",
            help="A training log (plain, gzip, - for standard input), a folder of workerlog.N, or a finding's code.",
            show_default=False,
            autocompletion=_complete.codes,
        ),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Look here at what the log names, and say which cause remains.")
    ] = False,
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", metavar="DIR", help="Where the run was started; default: the current folder."),
    ] = None,
    rows: Annotated[
        str | None, typer.Option("--list", metavar="FILE", help="The training list, where the log names none.")
    ] = None,
    root: Annotated[
        str | None, typer.Option("--root", metavar="DIR", help="Where its pictures are, where the log does not say.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Name what happened in a training log: the cause, what followed, what to run next. Or: what a finding means.

    Reads logs of datatool, PaddleClas, Paddle and PyTorch. The last line is often not the cause.
    """
    from datatool.cli._explain_text import code_text, log_text
    from datatool.explain import explain as run
    from datatool.explain import explain_code, is_code

    if is_code(log) and not Path(log).exists():
        code = explain_code(log)
        emit_json(code) if json else show(code_text(code))
        return
    here = {"LIST": rows, "ROOT": root}
    named = {word: str(Path(given).absolute()) for word, given in here.items() if given is not None}
    document = run(log, check=check, folder=cwd, named=named)
    emit_json(document) if json else show(log_text(document))
