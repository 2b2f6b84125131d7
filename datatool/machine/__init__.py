"""What this machine offers: control groups, shared memory, GPUs."""

from __future__ import annotations

from datatool.machine._cgroup import CpuLimit, MemoryLimit, cpu_limit, memory_limit
from datatool.machine._gpu import Gpu, gpus
from datatool.machine._shm import SharedMemory, memfd_works, shared_memory

__all__ = [
    "CpuLimit",
    "Gpu",
    "MemoryLimit",
    "SharedMemory",
    "cpu_limit",
    "gpus",
    "memfd_works",
    "memory_limit",
    "shared_memory",
]
