"""`datatool demo`."""

from __future__ import annotations

import logging
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datatool.cli._output import JsonOption, console, emit_json, say, show

if TYPE_CHECKING:
    from datatool.schemas import DemoDocument


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where data, runs and page go.")] = Path(
        "demo-out"
    ),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which classes are rare, and every draw.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Audit, balance and fine-tune on digits that come with the packages, and compare with no balancing."""
    from datatool.cli._talk import talk
    from datatool.demo import run_demo
    from datatool.schemas import sole_writer

    talk("datatool.training", level=logging.WARNING)  # a hundred epochs are not for reading
    with sole_writer(out):
        document = run_demo(out, seed=seed, say=say)
    if as_json:
        emit_json(document)
    else:
        _render(document)


def _render(document: DemoDocument) -> None:
    from datatool.cli._table import plain_table

    rare = [one.name for one in document.classes[-3:]]
    show("Tested on real digits only:")
    table = plain_table("", "natural", "balanced", text=("",))
    rows = [
        ("balanced accuracy", document.natural.balanced_accuracy, document.balanced.balanced_accuracy),
        (f"mean recall of {', '.join(rare)}", document.natural.rare_recall, document.balanced.rare_recall),
        *(
            (f"  {one.name} ({one.real} real rows)", one.recall_natural, one.recall_balanced)
            for one in document.classes[-3:]
        ),
    ]
    for label, *values in rows:
        table.add_row(label, *(f"{100 * value:.1f} %" for value in values))
    screen = console()
    screen.print(table)
    show(f"Page: {document.page}")
    show(f"Every command of the README can be tried there: cd {shlex.quote(document.folder)}")
