"""The `datatool` program; one file per command, named after it: parse, call one library function, render.

::

    _app.py              finds a command, runs it, turns errors into a sentence and an exit code
    _audit.py            and so on, a command each
    _audit_ci.py         an audit as annotations of GitHub and as SARIF
    _audit_text.py       what a person reads of an audit
    _balance_table.py    the tables of `datatool balance`
    _backbone.py         the frozen backbone of advise and suspects, and its options
    _complete.py         values that a shell completes
    _dataset.py          DATASET and its options, the same for every command that takes one
    _explain_text.py     what a person reads of a log
    _formats.py          what DATASET may be, written by `make docs`
    _manners.py          what every command has: -h, -q, -o, groups of options
    _output.py           results on standard output, talk on standard error
    _paddleclas_text.py  what a person reads of `datatool paddleclas`
    _repaired.py         what relabel, clean and split say at the end
    _startup.py          what starting and ending costs beyond the work
    _signals.py          SIGINT and SIGTERM: what is cleaned up, and the exit code
    _several.py          several processes of one command
    _spread.py           options that several commands share, as one object
    _table.py            tables of one style
    _talk.py             what the library logs, as talk
    _worker.py           one process of several
"""

from __future__ import annotations

import sys

from datatool.cli._signals import heard as _heard
from datatool.cli._startup import leave as _leave
from datatool.cli._startup import unhurried_collector as _unhurried_collector
from datatool.cli._startup import with_memory_kept as _with_memory_kept
from datatool.cli._startup import without_plugins as _without_plugins
from datatool.cli._startup import without_spinning as _without_spinning

__all__ = ["main", "program"]


def program() -> None:
    """The process of `datatool`: what `main` does, and then its end."""
    _without_plugins()
    _without_spinning()
    _with_memory_kept(sys.argv[1:])
    with _unhurried_collector():  # around the end too: a collector that is let go there looks through all once more
        try:
            main()
        except SystemExit as end:
            _leave(end.code)
            raise


def main() -> None:
    """Run the program; every error becomes one sentence on standard error and an exit code."""
    with _heard() as signals:
        try:
            from datatool.cli._app import run  # inside: what a signal interrupts may be this

            code = run(signals)
        except BaseException:
            if signals.first is None:
                raise
            code = signals.say()
    raise SystemExit(code)
