"""How much memory and how many CPUs this process may use: control groups v1 and v2, then the machine itself.

Every probe reads plain files under `root`, so a test gives it a folder.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

_ROOT: Final = Path("/")
_NO_LIMIT_V1: Final = 1 << 60  # v1 writes the largest page-aligned int64 where there is no limit


@dataclass(frozen=True, kw_only=True)
class MemoryLimit:
    """Memory of this process's control groups and of the machine, in bytes.

    Attributes:
        limit: The tightest limit of any control group above the process; None where none limits.
        free: What may still be taken before that limit or the machine's memory is reached. Page cache that was not
            used of late counts as free.
        total: Memory of the machine.
        cgroup: Version of the control group that holds the memory controller: 1, 2, or None.
    """

    limit: int | None
    free: int
    total: int
    cgroup: int | None


@dataclass(frozen=True, kw_only=True)
class CpuLimit:
    """CPUs that this process may use.

    Attributes:
        quota: CPUs' worth of time per second that the control groups allow; None where they do not limit.
        affinity: CPUs the process may run on.
    """

    quota: float | None
    affinity: int

    @property
    def usable(self) -> int:
        """Threads worth starting, at least 1."""
        if self.quota is None:
            return self.affinity
        return max(1, min(self.affinity, math.ceil(self.quota)))


def memory_limit(*, root: Path = _ROOT) -> MemoryLimit:
    """Read the memory limit that holds for this process."""
    machine = _key_values(root / "proc/meminfo")
    total = machine.get("MemTotal:", 0) * 1024
    free = machine.get("MemAvailable:", 0) * 1024
    version, folders = _controller("memory", root)
    limits: list[int] = []
    for folder in folders:
        limit = _number(folder / ("memory.max" if version == 2 else "memory.limit_in_bytes"))
        used = _number(folder / ("memory.current" if version == 2 else "memory.usage_in_bytes"))
        if limit is None or limit >= _NO_LIMIT_V1:
            continue
        reclaimable = _key_values(folder / "memory.stat")
        idle = reclaimable.get("inactive_file" if version == 2 else "total_inactive_file", 0)
        limits.append(limit)
        free = min(free, max(0, limit - max(0, (used or 0) - idle)))
    return MemoryLimit(limit=min(limits, default=None), free=free, total=total, cgroup=version)


def cpu_limit(*, root: Path = _ROOT, affinity: int | None = None) -> CpuLimit:
    """Read the CPU limit that holds for this process; `affinity` defaults to the scheduler's answer."""
    version, folders = _controller("cpu", root)
    quotas = [quota for folder in folders if (quota := _cpu_quota(folder, version)) is not None]
    return CpuLimit(
        quota=min(quotas, default=None),
        affinity=len(os.sched_getaffinity(0)) if affinity is None else affinity,
    )


def _cpu_quota(folder: Path, version: int | None) -> float | None:
    if version == 2:
        words = _text(folder / "cpu.max").split()
        return int(words[0]) / int(words[1]) if len(words) == 2 and words[0].isdigit() else None
    quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return quota / period if quota is not None and quota > 0 and period else None


def _controller(name: str, root: Path) -> tuple[int | None, list[Path]]:
    """Version and folders, innermost first, of the control groups that hold this process."""
    paths = dict(_membership(root))
    mounts = dict(_mounts(root))
    key = name if name in paths and name in mounts else ""
    if key not in paths or key not in mounts:
        return None, []
    mount_root, mount_point = mounts[key]
    top = root / mount_point.lstrip("/")
    inside = PurePosixPath(paths[key])
    # Seen from inside a container the mount's own root is the container's group, or the path is outside the mount.
    parts = inside.relative_to(mount_root).parts if inside.is_relative_to(mount_root) else ()
    parts = tuple(part for part in parts if part not in ("/", ".."))
    folders = [top.joinpath(*parts[:depth]) for depth in range(len(parts), -1, -1)]
    found = [folder for folder in folders if folder.is_dir()]
    if key == "" and not any((folder / f"{name}.max").exists() for folder in found):
        return (2, []) if (top / "cgroup.controllers").exists() else (None, [])
    return (1 if key else 2), found


def _membership(root: Path) -> Iterator[tuple[str, str]]:
    """(controller, path) of this process; the unified hierarchy of v2 has the controller ''."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            yield controller, path


def _mounts(root: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """(controller, (root of the mount, mount point)), from `proc/self/mountinfo` (proc(5))."""
    for line in _text(root / "proc/self/mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        mount_root, mount_point = left.split()[3:5]
        if kind == "cgroup2":
            yield "", (mount_root, mount_point)
        elif kind == "cgroup":
            for option in options.split(","):
                yield option, (mount_root, mount_point)


def _key_values(file: Path) -> dict[str, int]:
    rows = (line.split() for line in _text(file).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) >= 2 and row[1].isdigit()}


def _number(file: Path) -> int | None:
    text = _text(file).strip()
    return int(text) if text.lstrip("-").isdigit() else None


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
