"""What this machine offers to this process.

::

    _blas.py    threads of numpy's math library
    _cgroup.py  memory and CPUs: control groups v1 and v2, then the machine
    _gpu.py     NVIDIA GPUs, asked of the driver
    _shm.py     shared memory, and what NCCL needs of it
"""

from __future__ import annotations

from datatool.machine._blas import blas_threads_for
from datatool.machine._cgroup import CpuLimit, MemoryLimit, cpu_limit, memory_limit
from datatool.machine._gpu import Gpu, gpus, has_nvidia_card
from datatool.machine._shm import SharedMemory, memfd_works, shared_memory

__all__ = [
    "CpuLimit",
    "Gpu",
    "MemoryLimit",
    "SharedMemory",
    "blas_threads_for",
    "cpu_limit",
    "gpus",
    "has_nvidia_card",
    "memfd_works",
    "memory_limit",
    "shared_memory",
]
