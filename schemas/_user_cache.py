"""Where what can be made again is kept from one program to the next."""

from __future__ import annotations

import os
from pathlib import Path


def user_cache() -> Path:
    """The user's cache folder, under ``$XDG_CACHE_HOME``.

    Raises:
        RuntimeError: If the user has no home either.
    """
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "datatool"
