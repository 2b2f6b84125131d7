"""Files and folders that appear whole or not at all.

Work happens under a name that starts with a dot, beside the target, and is renamed at the end.
A process killed before the rename leaves the old target as it was, and its temporary name, which the next one that
writes the same target removes. A link stays, and what it names is replaced.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from datatool.schemas._errors import ConfigError
from datatool.schemas._lock import (
    NOTHING,
    SUFFIX,
    make_file,
    make_folder,
    own,
    release,
    remove_abandoned,
    temporary_name,
)

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_REPLACED = ".replaced"  # what stood at the target a moment ago, inside a temporary folder


@contextlib.contextmanager
def atomic_file(path: Path, /, *, alone: bool = False) -> Iterator[Path]:
    """Yield a temporary path; on success it replaces ``path``, on an exception it is removed.

    Args:
        path: The target.
        alone: Whether this is one of very many files in a folder, where what died processes left is not looked for.

    Raises:
        ConfigError: If ``path`` is a folder, a device or a pipe.
    """
    check_file(path)
    path = _behind_link(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}."
    if not alone:
        remove_abandoned(path.parent, prefix=prefix)
    temporary, handle = temporary_name(path.parent, prefix), NOTHING
    try:
        handle = own(temporary, make_file)
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        _sync(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        release(handle)


@contextlib.contextmanager
def atomic_folder(path: Path, /) -> Iterator[Path]:
    """Yield a temporary folder; on success it takes the place of ``path``, on an exception it is removed.

    The caller decides beforehand whether an existing ``path`` may be replaced.
    """
    path = _behind_link(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name}."
    _give_back(path)
    remove_abandoned(path.parent, prefix=prefix)
    temporary, handle = temporary_name(path.parent, prefix), NOTHING
    try:
        handle = own(temporary, make_folder)
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        for file in temporary.rglob("*"):
            if file.is_file():
                _sync(file)
        _take_place(temporary, path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    finally:
        release(handle)


def check_file(path: Path, /) -> None:
    """Raise ConfigError unless ``path`` is free or an ordinary file: a rename would take the place of a device."""
    if path.exists() and not path.is_file():
        kind = "a folder" if path.is_dir() else "a device or a pipe"
        raise ConfigError(f"a file to write must be new or an ordinary file; got '{path}', {kind}")


def _behind_link(path: Path) -> Path:
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _take_place(temporary: Path, path: Path) -> None:
    if not path.exists():
        temporary.rename(path)
        return
    if not _exchange(temporary, path):  # a file system without renameat2: two renames, a moment apart
        aside = temporary_name(path.parent, f".{path.name}.")
        aside.mkdir()
        try:
            path.rename(aside / _REPLACED)
            temporary.rename(path)
        except BaseException:
            _give_back(path)
            aside.rmdir()
            raise
        temporary = aside
    shutil.rmtree(temporary)


def _give_back(path: Path) -> None:
    """Undo the first of the two renames where the second never came."""
    if not path.exists():
        for aside in path.parent.glob(f".{glob.escape(path.name)}.*{SUFFIX}/{_REPLACED}"):
            aside.rename(path)
            return


def _exchange(first: Path, second: Path) -> bool:
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
