from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import pytest

from datatool.machine import gpus, has_nvidia_card


class Driver:
    """Stands for NVML with two devices."""

    def __init__(self, *, status: int = 0) -> None:
        self.status = status
        self.closed = False

    def nvmlInit_v2(self) -> int:
        return self.status

    def nvmlShutdown(self) -> int:
        self.closed = True
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = 2
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: Any, handle: Any) -> int:
        handle._obj.value = index.value + 1
        return 0

    def nvmlDeviceGetName(self, handle: Any, text: Any, size: Any) -> int:
        text.value = f"Device {handle.value - 1}".encode()
        return 0

    def nvmlDeviceGetUUID(self, handle: Any, text: Any, size: Any) -> int:
        text.value = f"GPU-{'ab'[handle.value - 1]}00".encode()
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle: Any, memory: Any) -> int:
        memory._obj.total = 8 << 30
        return 0

    def nvmlSystemGetDriverVersion(self, text: Any, size: Any) -> int:
        text.value = b"580.1"
        return 0


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, ["Device 0", "Device 1"]),
        ("", []),
        ("1", ["Device 1"]),
        ("1,0", ["Device 1", "Device 0"]),
        ("0,7,1", ["Device 0"]),
        ("-1", []),
        ("9" * 5000, []),
        ("GPU-b", ["Device 1"]),
    ],
)
def test_visible_devices_are_chosen_as_cuda_chooses_them(wanted: str | None, expected: list[str]) -> None:
    driver = Driver()
    environ = {} if wanted is None else {"CUDA_VISIBLE_DEVICES": wanted}
    found, version = gpus(environ=environ, load=lambda name: driver)
    assert [gpu.name for gpu in found] == expected
    assert version == "580.1"
    assert all(gpu.memory == 8 << 30 for gpu in found)
    assert driver.closed


def test_no_driver_means_no_gpu() -> None:
    def absent(name: str) -> ctypes.CDLL:
        raise OSError(name)

    assert gpus(environ={}, load=absent) == ((), None)
    assert gpus(environ={}, load=lambda name: Driver(status=9)) == ((), None)


@pytest.mark.parametrize(
    ("vendor", "kind", "expected"),
    [("0x10de", "0x030200", True), ("0x10de", "0x020700", False), ("0x1002", "0x030000", False)],
)
def test_a_card_is_seen_on_the_bus_without_a_driver(tmp_path: Path, vendor: str, kind: str, expected: bool) -> None:
    device = tmp_path / "sys/bus/pci/devices/0000:00:1e.0"
    device.mkdir(parents=True)
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "class").write_text(f"{kind}\n")
    assert expected == has_nvidia_card(root=tmp_path)
    assert not has_nvidia_card(root=tmp_path / "none")
