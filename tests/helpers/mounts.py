"""Mounts of a test's own, in a namespace of its own."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache


@cache
def namespace() -> list[str] | None:
    """The command that makes a mount namespace of its own here, if any is allowed."""
    for command in (["unshare", "-m"], ["unshare", "-Urm"]):
        probe = [*command, "sh", "-c", "mount -t tmpfs -o size=4m tmpfs /dev/shm"]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True).returncode == 0:
            return command
    return None
