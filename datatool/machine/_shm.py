"""What `/dev/shm` can hold, and whether memory without it can be had."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SHM: Final = Path("/dev/shm")  # noqa: S108 - looked at, never written
NCCL_BYTES: Final = 1 << 30  # NCCL user guide, "Troubleshooting, Shared memory": docker run --shm-size=1g


@dataclass(frozen=True, kw_only=True)
class SharedMemory:
    """A shared-memory mount; sizes in bytes, 0 where it is absent."""

    path: str
    present: bool
    writable: bool
    size: int
    free: int

    @property
    def suits_nccl(self) -> bool:
        """Whether processes on several GPUs of this machine can talk through it."""
        return self.writable and self.size >= NCCL_BYTES


def shared_memory(path: Path = _SHM, /) -> SharedMemory:
    """Size and writability of a shared-memory mount; nothing is created in it."""
    try:
        found = os.statvfs(path)
    except OSError:
        return SharedMemory(path=str(path), present=False, writable=False, size=0, free=0)
    return SharedMemory(
        path=str(path),
        present=True,
        writable=os.access(path, os.W_OK | os.X_OK),
        size=found.f_blocks * found.f_frsize,
        free=found.f_bavail * found.f_frsize,
    )


def memfd_works() -> bool:
    """Whether the kernel and its seccomp profile allow anonymous memory files."""
    try:
        os.close(os.memfd_create("datatool-probe", os.MFD_CLOEXEC))
    except OSError:
        return False
    return True
