from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from datatool.errors import LoaderError
from datatool.loader import BalancedLoader, _resources
from datatool.loader._resources import MIB, TYPICAL_BYTES, caching_pays, choose_engine, resources
from datatool.machine import CpuLimit, Gpu, MemoryLimit

Open = Callable[..., BalancedLoader]
SHAPE = (64, 224, 224, 3)


def have(monkeypatch: pytest.MonkeyPatch, *, free_mib: int, cpus: int = 8) -> None:
    free = free_mib * MIB
    monkeypatch.setattr(
        _resources, "memory_limit", lambda: MemoryLimit(limit=free, free=free, total=free * 4, cgroup=2)
    )
    monkeypatch.setattr(_resources, "cpu_limit", lambda: CpuLimit(quota=cpus, affinity=64))


def take(**changes: object) -> _resources.Resources:
    options = {
        "num_threads": None,
        "cache": "auto",
        "shape": SHAPE,
        "prefetch": 3,
        "output": "float32",
        "worthwhile": lambda budget: True,
        "local_world_size": 1,
    }
    return resources(**(options | changes))  # type: ignore[arg-type]


def test_the_cache_is_a_quarter_of_the_free_memory_divided_by_the_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, free_mib=8000)
    assert take().cache_bytes == 2000 * MIB
    assert take(local_world_size=4).cache_bytes == 500 * MIB


def test_nothing_is_cached_where_it_would_save_nothing_or_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, free_mib=8000)
    assert [
        take(worthwhile=lambda budget: False).cache_bytes,
        take(cache=None).cache_bytes,
        take(cache=0).cache_bytes,
    ] == [0, 0, 0]
    assert take(cache=7).cache_bytes == 7 * MIB


def test_a_cache_pays_where_rows_repeat_or_a_tenth_of_them_lasts_to_the_next_epoch() -> None:
    assert caching_pays(max_repeat=2, num_rows=10**9)(1)
    once = caching_pays(max_repeat=1, num_rows=20)
    assert [once(budget) for budget in (2 * TYPICAL_BYTES - 1, 2 * TYPICAL_BYTES)] == [False, True]


def test_threads_are_shared_by_the_ranks_of_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, free_mib=8000, cpus=8)
    assert [take(local_world_size=ranks).num_threads for ranks in (1, 3, 16)] == [8, 2, 1]
    assert take(num_threads=5, local_world_size=4).num_threads == 5


def test_batches_take_what_their_pixels_take(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, free_mib=8000)
    pixels = 64 * 224 * 224 * 3
    assert take(output="uint8").batch_bytes == 5 * pixels
    assert take(output="float32").batch_bytes == 13 * pixels


def test_too_little_memory_is_said_with_both_numbers(
    plan: Path, open_loader: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, free_mib=100)
    with pytest.raises(LoaderError, match=r"got 100 MiB free and 580 MiB needed \(batches 0, decoding 80, cache 500\)"):
        open_loader(plan, cache=500)


@pytest.mark.parametrize(
    ("engine", "device", "transform", "expected"),
    [
        ("dali", "cpu", None, "dali"),
        ("threads", "gpu:0", None, "threads"),
        ("auto", "cpu", None, "threads"),
        ("auto", "gpu:0", None, "dali"),
        ("auto", "gpu:0", print, "threads"),
    ],
)
def test_auto_is_dali_where_there_is_a_gpu(
    engine: str, device: str, transform: object, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datatool.machine.gpus", lambda: ((Gpu(name="x", uuid="y", memory=1),), "1"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert choose_engine(engine, device=device, transform=transform) == expected


def test_auto_is_threads_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datatool.machine.gpus", lambda: ((), None))
    assert choose_engine("auto", device="gpu:0", transform=None) == "threads"
