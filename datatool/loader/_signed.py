"""Quarantined files with the size and time they had: a file that was mended since is read again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any


def signed(quarantine: Mapping[str, str], /) -> dict[str, dict[str, Any]]:
    """Path -> reason, size and modification time, as plain JSON; None for a file that is not there."""
    return {path: {"reason": reason, "file": _signature(path)} for path, reason in quarantine.items()}


def unchanged(state: Mapping[str, Mapping[str, Any]], /) -> dict[str, str]:
    """Path -> reason of the files that are still what they were."""
    return {path: entry["reason"] for path, entry in state.items() if entry["file"] == _signature(path)}


def _signature(path: str) -> list[int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return [found.st_size, found.st_mtime_ns]
