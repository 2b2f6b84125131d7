"""Whether a disk is one to keep a cache on: of this machine, and with room."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from datatool.schemas import ConfigError

MARGIN: Final = 1 << 30  # bytes that are left to others
_SHARE: Final = 2  # of the free bytes, where nobody says how many
_NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "beegfs", "glusterfs", "gpfs", "ncpfs"}
)
_LOCAL_FUSE: Final = frozenset({"fuseblk", "fuse.fuse-overlayfs"})


def check_disk(folder: Path, /, *, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Refuse a folder on a network file system, where locks and writes are not those of one machine.

    Raises:
        ConfigError: Naming the file system.
    """
    kind = file_system(folder, mounts=mounts)
    if kind in _NETWORK or (kind.startswith("fuse") and kind not in _LOCAL_FUSE):
        raise ConfigError(
            f"storage_cache must lie on a disk of this machine; got '{folder}', on {kind}",
            hint="name a folder on a local disk, such as one below /tmp or /scratch",
        )


def file_system(folder: Path, /, *, mounts: Path) -> str:
    """The kind of the file system that a folder lies on, as proc(5) calls it; nothing where that cannot be told."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    place = os.path.realpath(folder)
    for line in lines:
        before, _, behind = line.partition(" - ")
        point = before.split(" ")[4].replace("\\040", " ")
        if (place == point or place.startswith(point.rstrip("/") + "/")) and len(point) >= best:
            best, kind = len(point), behind.split(" ")[0]
    return kind


def budget_of(folder: Path, wanted: int | None, held: int, /) -> int:
    """How many bytes a cache may have.

    Args:
        folder: On the disk.
        wanted: As told; None is half of what is free.
        held: That it has already.

    Raises:
        OSError: If that many do not fit.
    """
    free = shutil.disk_usage(folder).free + held
    if wanted is None:
        return held or max(0, free - MARGIN) // _SHARE
    if wanted - held > shutil.disk_usage(folder).free - MARGIN // 16:
        raise OSError(28, f"{wanted >> 20:,} MiB do not fit into the {free >> 20:,} MiB that are free")
    return wanted
