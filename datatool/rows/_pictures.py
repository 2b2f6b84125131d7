"""Files that are named as images are."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Final

from datatool.rows.text._grammar import IMAGE_EXTENSIONS

SUFFIXES: Final = frozenset(f".{each}" for each in IMAGE_EXTENSIONS)

JUNK_FOLDERS: Final = frozenset({"__MACOSX", "@eaDir", ".ipynb_checkpoints", "__pycache__", "$RECYCLE.BIN", "#recycle"})
"""Folders that programs leave beside people's own."""
_SYSTEM_FILES: Final = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
_UNREAD: Final = frozenset({".heic", ".heif", ".jxl", ".svg", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raw"})
_MOST_SHOWN: Final = 20  # characters of an ending


def names_image(path: str | Path, /) -> bool:
    """Whether a name ends as names of images do."""
    return Path(path).suffix.lower() in SUFFIXES


def pictures_below(folder: Path, /) -> list[str]:
    """Every file below a folder that is named as images are, sorted; folders of programs are left out."""
    return sorted(
        str(file)
        for file in folder.rglob("*")
        if names_image(file) and file.is_file() and JUNK_FOLDERS.isdisjoint(file.relative_to(folder).parts)
    )


def why_skipped(name: str, /) -> str | None:
    """Why a file of a class folder is not read; None for an image.

    >>> why_skipped("a.HEIC"), why_skipped("Thumbs.db"), why_skipped("a.jpg")
    ('.heic: no decoder here, convert it to JPEG', 'system files', None)
    """
    if name.startswith(".") or name.lower() in _SYSTEM_FILES:
        return "system files"
    ending = Path(name).suffix.lower()
    if ending in _UNREAD or (ending == ".avif" and not _reads_avif()):
        return f"{ending}: no decoder here, convert it to JPEG"
    if ending in SUFFIXES:
        return None
    return f"{_shown(ending)}: no image" if ending else "no ending: no image"


def _shown(ending: str) -> str:
    """An ending as text; bytes that are not UTF-8 escaped."""
    return os.fsencode(ending).decode(errors="backslashreplace")[:_MOST_SHOWN]


@cache
def _reads_avif() -> bool:
    from PIL import features

    return bool(features.check("avif"))
