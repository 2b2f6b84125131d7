"""Templates as they were compiled, kept in the user's cache folder: to compile them takes longer than to fill them."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Any, Final

from datatool.schemas import user_cache

_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def kept_code() -> Any:
    """A bytecode cache of jinja2; None where there is no folder for it that only this user writes to."""
    import jinja2

    class KeptCode(jinja2.FileSystemBytecodeCache):
        """Whose files help where they can: none that is damaged or cannot be written stops a page."""

        def load_bytecode(self, bucket: Any) -> None:
            try:
                super().load_bytecode(bucket)
            except Exception:  # noqa: BLE001 - whatever unpickling makes of damaged bytes
                bucket.reset()

        def dump_bytecode(self, bucket: Any) -> None:
            with contextlib.suppress(OSError):
                super().dump_bytecode(bucket)

    folder = _own_folder()
    return None if folder is None else KeptCode(str(folder))


def _own_folder() -> Path | None:
    try:
        folder = user_cache() / "templates"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except (OSError, RuntimeError):
        return None
    return folder if found.st_uid == os.getuid() and not found.st_mode & _OTHERS else None
