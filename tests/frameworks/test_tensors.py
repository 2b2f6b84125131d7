"""Memory is lent to every framework without a copy, and normalised to the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.frameworks import Tensors, as_array, host, open_tensors
from tests.helpers.program import Cli

NAMES = ["numpy", "paddle", "torch"]


@pytest.fixture(params=NAMES)
def tensors(request: pytest.FixtureRequest) -> Tensors:
    if request.param != "numpy":
        pytest.importorskip(request.param)
    return open_tensors(request.param, device="cpu")


def test_a_tensor_shows_what_is_written_to_the_memory_it_was_lent(tensors: Tensors) -> None:
    memory = np.zeros(3, np.int64)
    tensor = tensors.to_device(tensors.from_dlpack(memory))
    memory[:] = 1, 2, 3
    assert host(tensor).tolist() == [1, 2, 3]


def test_pictures_are_scaled_channel_by_channel_and_channels_come_first(tensors: Tensors) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    scale, offset = np.array([0.5, 1, 2], np.float32), np.array([-1, 0, 1], np.float32)
    expected = (images * scale + offset).transpose(0, 3, 1, 2)

    actual = host(tensors.affine(scale, offset)(tensors.from_dlpack(images)))

    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_the_cpu_has_no_stream(tensors: Tensors) -> None:
    assert (tensors.device, tensors.stream) == ("cpu", None)


def test_numpy_is_refused_on_a_gpu() -> None:
    with pytest.raises(ConfigError, match=r"framework 'numpy' must have device 'cpu'; got 'gpu:0'"):
        open_tensors("numpy", device="gpu:0")


@pytest.mark.parametrize(("name", "said"), [("paddle", "Paddle"), ("torch", "PyTorch")])
def test_a_gpu_that_is_not_there_is_refused(name: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    framework = pytest.importorskip(name)
    if name == "paddle":
        monkeypatch.setattr(framework.device.cuda, "device_count", lambda: 0)
    else:
        monkeypatch.setattr(framework.cuda, "is_available", lambda: False)
    with pytest.raises(
        ConfigError, match=rf"device must be one that {said} sees here; got 'gpu:1', and it sees no GPU"
    ):
        open_tensors(name, device="gpu:1")


def test_arrays_and_what_lends_memory_come_back_as_arrays_over_it() -> None:
    memory = np.arange(3)

    class Lender:
        def __dlpack__(self, **options: Any) -> Any:
            return memory.__dlpack__(**options)

        def __dlpack_device__(self) -> tuple[int, int]:
            return memory.__dlpack_device__()

    assert as_array(memory) is memory
    assert np.shares_memory(as_array(Lender()), memory)


def test_a_loader_of_numpy_imports_no_framework(process: Cli) -> None:
    script = """
import sys
import datatool.loader
from datatool.frameworks import open_tensors
open_tensors("numpy", device="auto")
print(sorted({"paddle", "torch"} & set(sys.modules)))
"""
    result = process("-c", script)
    assert (result.out.strip(), result.code) == ("[]", 0), result.err
