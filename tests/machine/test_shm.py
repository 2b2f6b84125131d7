"""Whether the shared memory of a machine suits NCCL."""

from __future__ import annotations

import pytest

from datatool.machine import SharedMemory


@pytest.mark.parametrize(
    ("size", "writable", "expected"), [(1 << 30, True, True), ((1 << 30) - 1, True, False), (1 << 31, False, False)]
)
def test_nccl_needs_a_gibibyte_that_it_can_write_to(size: int, writable: bool, expected: bool) -> None:
    seen = SharedMemory(path="/dev/shm", present=True, writable=writable, size=size, free=size)
    assert seen.suits_nccl == expected
