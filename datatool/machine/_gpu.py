"""Which NVIDIA GPUs this process sees, asked of the driver's management library.

NVML makes no CUDA context: asking is cheap, takes no device memory, and leaves a later fork usable.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.schemas import whole_number

_LIBRARY: Final = "libnvidia-ml.so.1"
_NVIDIA: Final = "0x10de"  # PCI vendor
_DISPLAY: Final = "0x03"  # PCI class of display and 3D controllers
_NAME_SIZE: Final = 96  # NVML_DEVICE_NAME_V2_BUFFER_SIZE
_UUID_SIZE: Final = 96  # NVML_DEVICE_UUID_V2_BUFFER_SIZE


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """One device; memory in bytes."""

    name: str
    uuid: str
    memory: int


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def gpus(
    *, environ: Mapping[str, str] = os.environ, load: Callable[[str], Any] = ctypes.CDLL
) -> tuple[tuple[Gpu, ...], str | None]:
    """The visible devices and the driver's version; nothing and None without a driver.

    `CUDA_VISIBLE_DEVICES` is honoured as CUDA does: indices or UUID prefixes, cut at the first unknown one.
    """
    try:
        nvml = load(_LIBRARY)
    except OSError:
        return (), None
    if nvml.nvmlInit_v2() != 0:
        return (), None
    try:
        return _visible(_devices(nvml), environ.get("CUDA_VISIBLE_DEVICES")), _driver(nvml)
    finally:
        nvml.nvmlShutdown()


def has_nvidia_card(*, root: Path = Path("/")) -> bool:
    """Whether the machine has a card of NVIDIA, driver or not: a container without its GPUs sees the bus all the same.

    Args:
        root: Stands for the file system's root.
    """
    devices = (root / "sys/bus/pci/devices").glob("*")
    return any(_says(device / "vendor", _NVIDIA) and _says(device / "class", _DISPLAY) for device in devices)


def _says(file: Path, beginning: str) -> bool:
    try:
        return file.read_text().startswith(beginning)
    except OSError:
        return False


def _devices(nvml: Any) -> list[Gpu]:
    count = ctypes.c_uint()
    if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
        return []
    found = []
    for index in range(count.value):
        handle = ctypes.c_void_p()
        if nvml.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(index), ctypes.byref(handle)) != 0:
            continue
        name, uuid, memory = ctypes.create_string_buffer(_NAME_SIZE), ctypes.create_string_buffer(_UUID_SIZE), _Memory()
        nvml.nvmlDeviceGetName(handle, name, ctypes.c_uint(_NAME_SIZE))
        nvml.nvmlDeviceGetUUID(handle, uuid, ctypes.c_uint(_UUID_SIZE))
        nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory))
        found.append(Gpu(name=name.value.decode(), uuid=uuid.value.decode(), memory=memory.total))
    return found


def _driver(nvml: Any) -> str | None:
    version = ctypes.create_string_buffer(_NAME_SIZE)
    return version.value.decode() if nvml.nvmlSystemGetDriverVersion(version, ctypes.c_uint(_NAME_SIZE)) == 0 else None


def _visible(devices: list[Gpu], wanted: str | None) -> tuple[Gpu, ...]:
    if wanted is None:
        return tuple(devices)
    seen: list[Gpu] = []
    for word in filter(None, (part.strip() for part in wanted.split(","))):
        number = whole_number(word.removeprefix("-"))
        matches = [gpu for gpu in devices if gpu.uuid.startswith(word)] if number is None else []
        if number is not None and word[0] != "-" and number < len(devices):
            matches = [devices[number]]
        if len(matches) != 1:
            break
        seen.append(matches[0])
    return tuple(seen)
