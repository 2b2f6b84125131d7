"""Programs that a test stops while they work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.helpers.program import Result

CODES: Final = {signal.SIGINT: 130, signal.SIGTERM: 143}
_WORDS: Final = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
_SECONDS: Final = 120  # none takes long; a busy machine is slow


class Programs:
    """Starts the program in a folder, where its temporary files are looked for as well; ends all when the test does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self._started: list[subprocess.Popen[str]] = []

    def start(self, arguments: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "datatool", *arguments],
            cwd=self.folder,
            env=os.environ | {"TMPDIR": str(self.temporary), "XDG_CACHE_HOME": str(self.folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A suite that runs in the background ignores SIGINT, and its children would too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread is running
        )
        self._started.append(process)
        return process

    def run(self, arguments: list[str]) -> Result:
        return end(self.start(arguments))

    def hidden(self) -> list[str]:
        """Hidden names, and everything temporary."""
        left = [path for path in self.folder.iterdir() if path.name.startswith(".")]
        return [path.name for path in (*left, *self.temporary.iterdir())]

    def kill(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()

    def assert_stops(self, arguments: list[str], happened: Callable[[], Any], number: signal.Signals) -> None:
        """The program ends soon, with the code and the one sentence of the signal, and leaves nothing hidden."""
        process = self.start(arguments)
        wait_until(process, happened)
        process.send_signal(number)
        result = end(process)
        assert (result.code, result.err.splitlines()[-1]) == (CODES[number], f"error: {_WORDS[number]}.")
        assert self.hidden() == []


def end(process: subprocess.Popen[str]) -> Result:
    out, err = process.communicate(timeout=_SECONDS)
    return Result(code=process.returncode, out=out, err=err)


def wait_until(process: subprocess.Popen[str], happened: Callable[[], Any]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not happened() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
