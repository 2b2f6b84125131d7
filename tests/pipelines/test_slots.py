from __future__ import annotations

import numpy as np

from datatool.pipelines import SlotPool


def test_memory_comes_back_when_the_last_view_is_gone() -> None:
    pool = SlotPool((4, 8), keep=2)
    array = pool.take(4)
    address = array.ctypes.data
    view = array[1:3].reshape(-1)[2:]
    del array
    other = pool.take(4)
    assert other.ctypes.data != address
    del view
    again = pool.take(4)
    assert again.ctypes.data == address


def test_memory_comes_back_when_the_last_tensor_is_gone() -> None:
    import paddle
    import torch.utils.dlpack

    pool = SlotPool((4, 8), keep=2)
    for from_dlpack in (torch.utils.dlpack.from_dlpack, paddle.from_dlpack):
        array = pool.take(4)
        address = array.ctypes.data
        tensor = from_dlpack(array)
        del array
        assert tensor.data_ptr() == address
        assert pool.take(4).ctypes.data != address
        del tensor
        assert address in {pool.take(4).ctypes.data for _ in range(1)} | {each.ctypes.data for each in [pool.take(4)]}


def test_a_short_batch_is_the_head_of_a_slot() -> None:
    pool = SlotPool((4, 8), keep=2)
    assert pool.take(3).shape == (3, 8)


def test_other_types_have_room() -> None:
    array = SlotPool((4, 8), dtype=np.float32, keep=1).take(4)
    array[:] = 1.5
    assert array.dtype == np.float32
    assert array.sum() == 48


def test_no_more_than_asked_for_lies_idle() -> None:
    pool = SlotPool((4, 8), keep=1)
    first, second = pool.take(4), pool.take(4)
    addresses = {first.ctypes.data, second.ctypes.data}
    del first, second
    assert len(pool._free) == 1
    assert pool.take(4).ctypes.data in addresses


def test_memory_begins_at_a_page() -> None:
    assert SlotPool((3, 5), keep=1).take(3).ctypes.data % 4096 == 0
