"""Locks that end with their process, however it ends: who writes where, and whose temporary files are left over.

Where a file system has no `flock` (some network file systems), nothing is held and nothing left over is removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from datatool.schemas._errors import ConfigError
from datatool.schemas._url import check_local

SUFFIX: Final = ".datatool"  # of temporary names: nothing else is ever taken for a left-over
_SCRATCH: Final = "datatool-"
NOTHING: Final = -1  # a handle of nothing
_held: set[int] = set()


def _let_go() -> None:
    """A forked child shares the locks of its parent, and would keep them when the parent is gone."""
    for handle in _held:
        os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)


@contextlib.contextmanager
def sole_writer(path: Path, /) -> Iterator[None]:
    """Hold what is written at ``path``, which need not exist yet, against every other process and thread.

    A hidden file beside it carries the lock and the process id. It is gone at the end, and so are the parents that were
    made for it, where they stayed empty.

    Raises:
        ConfigError: If a living process holds it, whose id the message tells, nothing can be written there, or it was
            a URL before it became a path.
    """
    check_local(path)
    path = Path(os.path.realpath(path))
    made = [parent for parent in path.parents if not parent.exists()]
    file = path.with_name(f".{path.name}.lock")
    handle = _acquire(file, path)
    try:
        yield
    finally:
        if handle in _held:
            if _is_at(handle, file):
                file.unlink()  # under the lock, so that whoever opened it before finds that it is no longer there
            release(handle)
            with contextlib.suppress(OSError):
                for parent in made:
                    parent.rmdir()


def _acquire(file: Path, path: Path) -> int:
    while True:
        try:
            handle, held = _open(file, path)
        except OSError as error:
            raise ConfigError(
                f"what is written must go where files can be made; got '{path}' ({error.strerror})",
                hint="name another folder",
            ) from error
        if _lock(handle) is False:
            owner = _owner(handle) if held == file else ""
            os.close(handle)
            raise ConfigError(
                f"a folder must be written by one process at a time; '{path}' is being written by "
                + (f"process {owner}" if owner.isdecimal() else "another process"),
                hint="wait for its end, or name another folder",
            )
        if _is_at(handle, held):
            break
        os.close(handle)  # its owner ended, and removed it, between the two calls
    _held.add(handle)
    if held == file:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle


def _owner(handle: int) -> str:
    """The process id in a lock file, which its owner writes a moment after it took the lock; "" where none comes."""
    for _ in range(20):
        if owner := os.pread(handle, 32, 0).decode(errors="replace").strip():
            return owner
        time.sleep(0.01)
    return ""


def _open(file: Path, path: Path, *, again: int = 10) -> tuple[int, Path]:
    """The lock file; the folder itself where it can be written and nothing beside it can, as in a mounted volume."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT, 0o666), file
    except FileNotFoundError:  # another process, which had made the parents, removed them
        if not again:  # nothing can be made there at all, as in /proc
            raise
        return _open(file, path, again=again - 1)
    except OSError:
        if not path.is_dir():
            raise
        return os.open(path, os.O_RDONLY), path


def temporary_name(folder: Path, prefix: str, /) -> Path:
    """A name that nobody has. It is known before anything is made, so that a signal finds it to be removed."""
    return folder / f"{prefix}{secrets.token_hex(8)}{SUFFIX}"


def own(path: Path, make: Callable[[Path], None], /) -> int:
    """Make a temporary file or folder and hold it, so that nobody takes it for a left-over; give it to `release`."""
    while True:
        with contextlib.suppress(FileExistsError):
            make(path)
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY)
            if _lock(handle) is not False and _is_at(handle, path):
                _held.add(handle)
                return handle
            os.close(handle)  # another process took it for a left-over before it was held


def make_folder(path: Path, /) -> None:
    """For `own`: a folder that only its user may enter."""
    path.mkdir(mode=0o700)


def make_file(path: Path, /) -> None:
    """For `own`: a file that only its user may read."""
    path.touch(mode=0o600, exist_ok=False)


def release(handle: int, /) -> None:
    """Let go of what is held; a forked child holds nothing."""
    if handle in _held:
        _held.remove(handle)
        os.close(handle)


def remove_abandoned(folder: Path, /, *, prefix: str = ".") -> None:
    """Remove the temporary files and folders in ``folder`` whose process has died.

    Args:
        folder: Where to look, not below it.
        prefix: Of their names.
    """
    try:
        names = [entry.name for entry in os.scandir(folder)]
    except OSError:
        return
    for name in names:
        if name.startswith(prefix) and name.endswith(SUFFIX):
            with contextlib.suppress(OSError):  # gone meanwhile, or another user's
                _remove_if_dead(folder / name)


def _remove_if_dead(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if os.fstat(handle).st_uid != os.geteuid() or not _lock(handle):
            return
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    finally:
        os.close(handle)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder, removed at the end; what died processes left beside it is removed first."""
    home = Path(tempfile.gettempdir())
    remove_abandoned(home, prefix=_SCRATCH)
    path, handle = temporary_name(home, _SCRATCH), NOTHING
    try:
        handle = own(path, make_folder)
        yield path
    finally:
        child = handle != NOTHING and handle not in _held
        if not child:
            shutil.rmtree(path, ignore_errors=True)
        release(handle)


def _lock(handle: int) -> bool | None:
    """Whether the lock is ours; None where the file system has none."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
