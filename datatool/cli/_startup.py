"""What starting and ending a program costs beyond its work."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_HEAVY: Final = {"torch", "paddle", "nvidia.dali", "ray", "multiprocessing"}  # each with an end of its own
_LONG_LISTS: Final = {"audit", "balance", "clean", "relabel", "split"}
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_KEPT: Final = ((_M_MMAP_THRESHOLD, 8 << 20), (_M_TRIM_THRESHOLD, 64 << 20))
_OBJECTS: Final = 200_000  # containers; importing all that a command needs makes about half as many


def without_plugins() -> None:
    """Let pydantic look for no plugins: it reads the metadata of every installed package for them.

    Whoever wants some sets the variable himself, to nothing for all that there are.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def without_spinning() -> None:
    """Let the threads of numpy's OpenBLAS sleep as soon as they have nothing to do.

    They are made when numpy is imported, and turn for a tenth of a second of each core before they do it by themselves.
    What is given is a power of two, of clock cycles: 4 is the least that there is.
    """
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")


def with_memory_kept(words: Sequence[str], /) -> None:
    """Let glibc keep memory that was freed for what is needed next, in commands that go over long lists.

    Blocks of a few MiB are made and let go all the time there; each would get fresh pages from the system, which clears
    them first: a tenth of the time of a long audit, for 20 MiB more. Where images are decoded in threads, each of which
    would keep its own, nothing is changed; nor where the C library is another.

    Args:
        words: Of the command line, behind the program.
    """
    if next((word for word in words if not word.startswith("-")), None) not in _LONG_LISTS:
        return
    import ctypes  # as numpy does

    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for parameter, size in _KEPT:
            library.mallopt(parameter, size)


@contextlib.contextmanager
def unhurried_collector() -> Iterator[None]:
    """Let Python's cyclic garbage collector wait for more objects than imports make.

    Imports make hardly any garbage, and yet the collector looks through everything several times on the way: a quarter
    of the time of a short command. After its first look it works as ever.
    """
    usual = gc.get_threshold()

    def settle(phase: str, _: Mapping[str, Any]) -> None:
        if phase == "stop":
            restore()

    def restore() -> None:
        if settle in gc.callbacks:
            gc.callbacks.remove(settle)
            gc.set_threshold(*usual)

    gc.callbacks.append(settle)
    gc.set_threshold(_OBJECTS, *usual[1:])
    try:
        yield
    finally:
        restore()


def leave(code: object, /) -> None:
    """End the process without taking its modules apart, which takes a fifth of the time of a short command.

    Exit handlers run, and what was written goes out. Returns where something may have been left to the interpreter:
    another thread, a framework, whoever watches the program, or output that cannot be written.
    """
    watched = sys.getprofile() or sys.gettrace() or sys.flags.inspect
    waited_for = [each for each in threading.enumerate() if not each.daemon and each is not threading.current_thread()]
    others = waited_for or not _HEAVY.isdisjoint(sys.modules)
    if watched or others or not isinstance(code, int):
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):  # closed, full or gone
        return
    os._exit(code)
