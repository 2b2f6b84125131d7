"""What is looked at before a run begins."""

from __future__ import annotations

from datatool.machine import SharedMemory
from datatool.training._preflight import nccl_memory


def test_shared_memory_that_nccl_needs_is_looked_at_first() -> None:
    """Several processes on GPUs with the 64 MB of a container: said with the switch; else silence."""
    small = SharedMemory(path="/dev/shm", present=True, size=64 << 20, free=64 << 20, writable=True)
    said = nccl_memory(world_size=2, device="gpu", seen=small)
    assert said is not None
    assert "--shm-size=1g" in said
    assert "it has 64 MiB" in said
    assert nccl_memory(world_size=2, device="cpu", seen=small) is None
    assert nccl_memory(world_size=1, device="gpu", seen=small) is None
