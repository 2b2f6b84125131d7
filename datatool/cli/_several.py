"""Several processes of one command: each writes down how it ended, whatever the launcher makes of it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

RESULTS: Final = "DATATOOL_RESULTS"  # the folder they are written to, handed to every process
_USER_ERROR: Final = 2


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How all of them ended.

    Attributes:
        code: Exit code of the command.
        sentence: What went wrong, or "".
    """

    code: int
    sentence: str


def run_reported() -> None:
    """Run the program; under a parent that asks for it, all output is talk and the end is written to a file."""
    from datatool.cli import main

    folder = os.environ.get(RESULTS)
    if folder is None:
        main()
        return
    os.dup2(2, 1)  # frameworks print to standard output, from C++ too
    heard = _Heard(sys.stderr)
    code = _USER_ERROR
    try:
        with contextlib.redirect_stderr(heard):
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else _USER_ERROR
        raise
    finally:
        _write(Path(folder), {"code": code, "sentence": heard.last if code else ""})


def outcome(folder: Path, /, *, num_processes: int, launcher_code: int) -> Outcome:
    """What the processes wrote down; of several that failed the first one says why.

    Args:
        folder: That `RESULTS` named.
        num_processes: How many were started.
        launcher_code: Exit code of the launcher, which is not theirs.
    """
    files = [folder / f"{rank}.json" for rank in range(num_processes)]
    found = sorted((file for file in files if file.exists()), key=lambda file: file.stat().st_mtime_ns)
    reports = [json.loads(file.read_text(encoding="utf-8")) for file in found]
    failed = next((report for report in reports if report["code"]), None)
    if failed is not None:
        return Outcome(code=failed["code"], sentence=failed["sentence"])
    if len(reports) < num_processes:
        sentence = (
            f"error: every process must end by itself; {num_processes - len(reports)} of {num_processes} did not, and "
            f"the launcher ended with {launcher_code}."
        )
        return Outcome(code=_USER_ERROR, sentence=sentence)
    return Outcome(code=0, sentence="")


class _Heard:
    """A stream that remembers the last line that was written to it."""

    def __init__(self, stream: TextIO, /) -> None:
        self._stream = stream
        self.last = ""

    def write(self, text: str, /) -> int:
        lines = text.strip().splitlines()
        self.last = lines[-1] if lines else self.last
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _write(folder: Path, report: dict[str, Any]) -> None:
    from datatool.frameworks import ranks_of
    from datatool.schemas import atomic_file

    with atomic_file(folder / f"{ranks_of().rank}.json") as temporary:
        temporary.write_text(json.dumps(report), encoding="utf-8")
