"""The byte cache: what it keeps, and that whatever happens to its files costs requests and no pixels."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from datatool.errors import ConfigError
from datatool.samplers import NEVER
from datatool.schemas import Container, Span
from datatool.storage.cache import ByteCache, _cache, _disk, _sets, open_cache
from datatool.storage.cache._files import CacheFiles
from tests.helpers.program import REPOSITORY

CONTAINER = Container("s3://bucket/s.tar", 1 << 20, 0, '"etag"')
URL = "s3://bucket/s.tar/a.jpg"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test opens its caches anew."""
    monkeypatch.setattr(_cache, "_open", {})


def _opened(folder: Path, budget: int = 1 << 20) -> ByteCache:
    cache = open_cache(folder, budget=budget)
    assert cache is not None
    return cache


def _again(folder: Path, budget: int = 1 << 20) -> ByteCache:
    """As another process finds it."""
    _cache._open.clear()
    return _opened(folder, budget)


def _key(cache: ByteCache, number: int, container: Container = CONTAINER) -> tuple[int, int]:
    return cache.key_of(Span(container, number * 1000, 1000), URL)


def _data(number: int, size: int = 1000) -> bytes:
    return np.random.default_rng(number).integers(0, 256, size, np.uint8).tobytes()


def _put(cache: ByteCache, number: int, *, next_use: int = 10, now: int = 0, size: int = 1000) -> None:
    cache.put(_key(cache, number), _data(number, size), next_use=next_use, now=now, plan=1)


def _get(cache: ByteCache, number: int, *, next_use: int = 10) -> bytes | None:
    return cache.get(_key(cache, number), next_use=next_use, plan=1)


def test_what_was_put_is_got_by_this_process_and_the_next(tmp_path: Path) -> None:
    cache = _opened(tmp_path)
    for number in range(100):
        _put(cache, number)
    for opened in (cache, _again(tmp_path)):
        assert [_get(opened, number) for number in range(100)] == [_data(number) for number in range(100)]
        assert _get(opened, 100) is None


def test_never_means_the_same_here_and_in_samplers() -> None:
    assert _sets.NEVER == NEVER
    assert _sets.ENTRY.itemsize == 64


def test_another_etag_is_another_image(tmp_path: Path) -> None:
    cache = _opened(tmp_path)
    _put(cache, 1)
    other = CONTAINER._replace(etag='"other"')
    assert cache.get(_key(cache, 1, other), next_use=1, plan=1) is None


def test_whole_objects_are_kept_until_no_process_has_the_cache_open(tmp_path: Path) -> None:
    cache = _opened(tmp_path)
    key = cache.key_of(None, "s3://bucket/a.jpg")
    cache.put(key, b"bytes", next_use=5, now=0, plan=1)
    assert cache.get(key, next_use=6, plan=1) == b"bytes"
    assert _again(tmp_path).key_of(None, "s3://bucket/a.jpg") != key


def test_what_is_needed_last_is_thrown_out_first(tmp_path: Path) -> None:
    cache = _opened(tmp_path, budget=10_000)
    for number in range(10):
        _put(cache, number, next_use=100 + number)
    _put(cache, 10, next_use=200)  # needed last of all: not let in
    assert _get(cache, 10) is None
    _put(cache, 11, next_use=50)
    assert _get(cache, 9) is None
    assert _get(cache, 11, next_use=300) == _data(11)
    _put(cache, 12, next_use=60)  # a hit moved 11 to the end
    assert _get(cache, 11) is None
    assert _get(cache, 8) == _data(8)


def test_images_of_another_plan_or_of_the_past_are_needed_last(tmp_path: Path) -> None:
    cache = _opened(tmp_path, budget=4000)
    cache.put(_key(cache, 0), _data(0), next_use=1, now=0, plan=2)
    _put(cache, 9, next_use=100_001)
    _put(cache, 1, next_use=5)
    _put(cache, 2, next_use=100_000)
    _put(cache, 3, next_use=200_000)
    assert _get(cache, 0) is None
    assert _get(cache, 3, next_use=200_000) == _data(3)
    _put(cache, 4, next_use=150_000, now=90_000)  # what was needed at 5 was not asked for
    assert _get(cache, 1) is None
    assert _get(cache, 4) is not None


def test_neighbours_make_room_for_a_large_image_together(tmp_path: Path) -> None:
    cache = _opened(tmp_path, budget=12_000)
    for number in range(12):
        _put(cache, number, next_use=100 + number)
    _put(cache, 20, next_use=50, size=2500)
    assert cache.get(_key(cache, 20), next_use=1, plan=1) == _data(20, 2500)
    assert sum(_get(cache, number) is not None for number in range(12)) == 9


@pytest.mark.parametrize("sizes", [(900, 1000), (100, 2500)])
def test_random_puts_and_gets_never_give_other_bytes(tmp_path: Path, sizes: tuple[int, int]) -> None:
    cache, random = _opened(tmp_path, budget=40_000), np.random.default_rng(0)
    size = {number: int(random.integers(*sizes)) for number in range(200)}
    hits = 0
    for now in range(3000):
        number = int(random.integers(200))
        found = cache.get(_key(cache, number), next_use=now + int(random.integers(1, 500)), plan=1)
        if found is None:
            _put(cache, number, next_use=now + int(random.integers(1, 500)), now=now, size=size[number])
        else:
            hits += 1
            assert found == _data(number, size[number])
    assert hits > 300


def test_flipped_bytes_of_the_slab_are_misses(tmp_path: Path) -> None:
    cache = _opened(tmp_path)
    for number in range(50):
        _put(cache, number)
    slab = bytearray((tmp_path / "bytes.slab").read_bytes())
    slab[1500::4000] = bytes(byte ^ 1 for byte in slab[1500::4000])
    (tmp_path / "bytes.slab").write_bytes(slab)
    found = [_get(_again(tmp_path) if not number else cache, number) for number in range(50)]
    assert all(data in (None, _data(number)) for number, data in enumerate(found))
    assert 0 < sum(data is None for data in found) < 25


@pytest.mark.parametrize("byte", range(64))
def test_a_flipped_byte_of_an_entry_is_a_miss(tmp_path: Path, byte: int) -> None:
    cache = _opened(tmp_path)
    _put(cache, 1)
    index = bytearray((tmp_path / "bytes.index").read_bytes())
    [slot] = np.flatnonzero(np.frombuffer(bytes(index[64:]), _sets.ENTRY)["length"])
    index[64 + 64 * int(slot) + byte] ^= 0x10
    (tmp_path / "bytes.index").write_bytes(index)
    assert _get(_again(tmp_path), 1) is None


@pytest.mark.parametrize("name", ["bytes.slab", "bytes.index"])
@pytest.mark.parametrize("left", [0, 10, 500, 30_000])
@pytest.mark.parametrize("is_open", [False, True])
def test_a_file_that_is_cut_costs_misses(tmp_path: Path, name: str, left: int, is_open: bool) -> None:
    cache = _opened(tmp_path)
    for number in range(100):
        _put(cache, number)
    os.truncate(tmp_path / name, left)
    opened = cache if is_open else _again(tmp_path)
    assert all(_get(opened, number) in (None, _data(number)) for number in range(100))
    _put(opened, 200)
    assert _get(opened, 200) in (None, _data(200))


def test_files_of_something_else_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / "bytes.index").write_bytes(b"something else" * 1000)
    (tmp_path / "bytes.slab").write_bytes(b"something else" * 1000)
    cache = _opened(tmp_path)
    _put(cache, 1)
    assert _get(cache, 1) == _data(1)


def test_another_size_makes_the_slab_anew(tmp_path: Path) -> None:
    _put(_opened(tmp_path), 1)
    cache = _again(tmp_path, budget=2 << 20)
    assert (tmp_path / "bytes.slab").stat().st_size == 2 << 20
    assert _get(cache, 1) is None


_WRITER = """
import sys
sys.path.insert(0, {here!r})
from tests.storage.cache.test_cache import _opened, _put, _get, _data
from pathlib import Path
cache = _opened(Path({folder!r}), 40_000)
print("ready", flush=True)
for now in range(1_000_000):
    number = (now * 7919 + {start}) % 200
    found = _get(cache, number, next_use=now + 1 + now % 300)
    if found is not None and found != _data(number):
        print("OTHER BYTES", flush=True)
        sys.exit(1)
    if found is None:
        _put(cache, number, next_use=now + 1 + now % 300, now=now)
"""


def test_processes_that_are_killed_leave_misses_and_no_other_bytes(tmp_path: Path) -> None:
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER.format(here=str(REPOSITORY), folder=str(tmp_path), start=start)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for start in (0, 50, 100)
    ]
    for process in begun:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    for process in begun:
        process.send_signal(signal.SIGKILL)
        assert process.communicate()[0] == ""
        assert process.returncode == -signal.SIGKILL
    cache = _opened(tmp_path, 40_000)
    found = [_get(cache, number) for number in range(200)]
    assert all(data in (None, _data(number)) for number, data in enumerate(found))
    assert any(data is not None for data in found)


_HOLDER = """
import sys, threading, time
sys.path.insert(0, {here!r})
from pathlib import Path
from datatool.storage.cache._files import CacheFiles
files = CacheFiles(Path({folder!r}), {budget})
def wait():
    with files.locked(0):
        pass
with files.locked(1):
    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.2)
    print("held", flush=True)
    time.sleep(1)
waiting.join()
print("had both", flush=True)
"""


def test_two_processes_whose_threads_wait_for_each_others_sets_are_no_deadlock(tmp_path: Path) -> None:
    budget = 8 << 20  # two sets
    files = CacheFiles(tmp_path, budget)
    with files.locked(0):
        script = _HOLDER.format(here=str(REPOSITORY), folder=str(tmp_path), budget=budget)
        holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"  # set 1, and one of its threads waits for set 0
        with files.locked(1):  # which the system refuses to wait for
            pass
    assert holder.communicate(timeout=60)[0] == "had both\n"
    assert holder.returncode == 0
    files.close()


def test_a_disk_without_room_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert open_cache(tmp_path / "huge", budget=1 << 60) is None
    [record] = caplog.records
    assert "is off" in record.message

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    assert open_cache(tmp_path / "full", budget=1 << 20) is None


def test_a_disk_that_fails_later_is_one_warning_and_misses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cache = _opened(tmp_path)
    _put(cache, 1)

    def failing(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.pwrite", failing)
    for _ in range(3):
        _put(cache, 2)
        assert _get(cache, 1) is None
    [record] = caplog.records
    assert "Input/output error" in record.message


@pytest.mark.parametrize(("kind", "is_refused"), [("nfs4", True), ("fuse.sshfs", True), ("ext4", False)])
def test_network_file_systems_are_refused(tmp_path: Path, kind: str, is_refused: bool) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:40 / {tmp_path}/net\\040disk rw shared:1 - {kind} x rw\n"
    )
    if is_refused:
        with pytest.raises(ConfigError, match=kind):
            _disk.check_disk(tmp_path / "net disk" / "cache", mounts=mounts)
    else:
        _disk.check_disk(tmp_path / "net disk", mounts=mounts)
    _disk.check_disk(tmp_path / "local", mounts=mounts)


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="must be a folder"):
        open_cache(tmp_path / "file", budget=1 << 20)
