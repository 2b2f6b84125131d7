"""What a newcomer has: a clone, a Python and pip, and nothing of ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.program import REPOSITORY

# Of pip, where it reaches no package index; a conflict of versions or a wheel that does not build is another matter.
_NO_INDEX = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|Temporary failure in name resolution"
    r"|from versions: none"
)


def clone(folder: Path, /) -> Path:
    """A copy of what git knows of this checkout, changes included; its folder."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("this is not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if os.path.lexists(REPOSITORY / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name, follow_symlinks=False)
    return folder


def empty_variables(home: Path, /) -> dict[str, str]:
    """Variables of a shell that knows no package and no program but those of the system, and this Python as `python3`.

    How pip finds its index and its cache stays as it is here: those of pip, proxies and certificates are kept.
    """
    kept = {name: value for name, value in os.environ.items() if re.match(r"(?i)PIP_|SSL_|https?_proxy|no_proxy", name)}
    programs = home / "bin"
    programs.mkdir(parents=True)
    (programs / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (programs / "python3").chmod(0o755)
    # Modules are compiled when they are imported: most never are, and all take longer than copying them. pip's
    # documentation: of an option that begins with "no" the variable says whether what it forbids is done.
    settled = {"PIP_NO_COMPILE": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_CACHE_DIR": _asked("cache", "dir")}
    configured = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "pip" / "pip.conf"
    if configured.is_file():
        settled["PIP_CONFIG_FILE"] = str(configured)
    return settled | kept | {"HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.defpath}", "LANG": "C.UTF-8"}


def _asked(*question: str) -> str:
    """What pip says of itself here."""
    return subprocess.run([sys.executable, "-m", "pip", *question], capture_output=True, text=True).stdout.strip()


def skip_without_index(done: subprocess.CompletedProcess[str], /) -> None:
    """Skip the test where pip said that it reaches no package index."""
    if done.returncode and (found := _NO_INDEX.search(done.stdout + done.stderr)):
        pytest.skip(f"no package can be installed here: {found[0]}")
