"""Reading ahead: in order, within the budget, and dropped with whoever asked."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import pytest

from datatool.errors import LoaderError
from datatool.storage import Member, ReadAhead, StorageError, let_go, members_of, read
from datatool.storage.remote import Budget, Pool, each_ahead
from tests.helpers.buckets import Bucket
from tests.helpers.containers import write_tar


def _members(bucket: Bucket, folder: Path, count: int = 40, size: int = 1000) -> dict[Member, bytes]:
    files = {f"{number:03}.jpg": bytes([number]) * size for number in range(count)}
    url = bucket.put("s.tar", write_tar(folder / "s.tar", files))
    members = members_of(url)
    return {Member(f"{url}/{name}", members.span_at(at)): files[name] for at, name in enumerate(members.names)}


def test_what_was_asked_for_is_read_once_and_given_in_any_order(bucket: Bucket, tmp_path: Path) -> None:
    members = _members(bucket, tmp_path)
    before = bucket.gets("s.tar")
    ahead = ReadAhead(num_threads=8)
    asked = ahead([*members, str(tmp_path / "s.tar")])
    assert asked[-1] == str(tmp_path / "s.tar")
    for locator, data in reversed(list(zip(asked, members.values(), strict=False))):
        assert read(locator, max_bytes=1 << 20) == data
    assert bucket.gets("s.tar") - before == len(members) == ahead.counts.gets
    ahead.close()


def test_threads_ask_at_once(bucket: Bucket, tmp_path: Path) -> None:
    members = _members(bucket, tmp_path)
    bucket.server.latency = 0.05
    ahead = ReadAhead(num_threads=40)
    for locator in ahead(list(members)):
        read(locator, max_bytes=1 << 20)
    assert bucket.server.most_active > 10


def test_bytes_in_flight_stay_within_the_budget(bucket: Bucket, tmp_path: Path) -> None:
    members = _members(bucket, tmp_path)
    bucket.server.latency = 0.01
    ahead = ReadAhead(num_threads=40, budget=5000)
    asked = ahead(list(members))
    time.sleep(0.3)
    assert ahead.counts.gets <= 5
    for locator, data in zip(asked, members.values(), strict=True):
        assert read(locator, max_bytes=1 << 20) == data
    assert ahead.counts.most_in_flight <= 5000
    assert ahead.counts.gets == len(members)


def test_one_image_larger_than_the_budget_goes_alone(bucket: Bucket, tmp_path: Path) -> None:
    members = _members(bucket, tmp_path, count=5, size=9000)
    ahead = ReadAhead(num_threads=5, budget=5000)
    assert [read(locator, max_bytes=1 << 20) for locator in ahead(list(members))] == list(members.values())


def test_images_that_nobody_waits_for_are_not_asked_for_and_give_their_bytes_back(
    bucket: Bucket, tmp_path: Path
) -> None:
    members = _members(bucket, tmp_path)
    ahead = ReadAhead(num_threads=4, budget=3000)
    asked = ahead(list(members))
    time.sleep(0.2)
    let_go(asked[0])
    del asked
    gc.collect()
    last = list(members)[-1]
    assert read(ahead([last])[0], max_bytes=1 << 20) == members[last]
    assert ahead.counts.gets < len(members)


def test_an_unknown_length_is_charged_once_it_is_known(bucket: Bucket) -> None:
    urls = [bucket.put(f"{number}.jpg", bytes(400_000)) for number in range(6)]
    ahead = ReadAhead(num_threads=6, budget=1_000_000)
    for locator in ahead(urls):
        assert len(read(locator, max_bytes=1 << 20)) == 400_000
    assert ahead.counts.most_in_flight <= 1_000_000 + 400_000  # those asked for before the first was known


def test_a_fault_is_raised_where_the_image_is_needed(bucket: Bucket, tmp_path: Path) -> None:
    members = _members(bucket, tmp_path, count=3)
    asked = ReadAhead()([f"{bucket.s3}/gone.jpg", *members])
    for _ in range(2):
        with pytest.raises(StorageError, match="No such file"):
            read(asked[0], max_bytes=100)
    bucket.fault("s.tar", 403)
    with pytest.raises(LoaderError, match="403"):
        [read(locator, max_bytes=1 << 20) for locator in ReadAhead()(list(members))]


def test_local_files_start_no_thread(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a")
    before = set(threading.enumerate())
    paths = [str(tmp_path / "a.jpg")] * 3
    assert ReadAhead()(paths) == paths
    assert not set(threading.enumerate()) - before


def test_results_come_in_order_and_a_fault_at_its_place() -> None:
    assert list(each_ahead(lambda number: number * number, range(300), num_threads=7)) == [n * n for n in range(300)]

    def third(number: int) -> int:
        return 1 // (number - 3)

    found = each_ahead(third, range(10), num_threads=2)
    assert [next(found) for _ in range(3)] == [-1, -1, -1]
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_charges_are_made_in_the_order_of_asking() -> None:
    budget, done = Budget(10), threading.Event()
    pool = Pool(4, budget=budget)
    first = pool.submit(lambda _: done.wait(60), size=8)
    order: list[int] = []
    later = [pool.submit(lambda _, number=number: order.append(number), size=8) for number in range(3)]  # type: ignore[misc]
    time.sleep(0.1)
    assert order == []
    done.set()
    first.take()
    for ticket in later:
        ticket.take()
    assert order == [0, 1, 2]
    pool.close()


def test_whoever_waits_for_what_was_not_begun_is_told_at_the_end() -> None:
    pool, begun, done = Pool(1), threading.Event(), threading.Event()

    def wait(_: object) -> None:
        begun.set()
        done.wait(60)

    first = pool.submit(wait)
    later = pool.submit(lambda _: None)
    assert begun.wait(60)
    pool.close()
    with pytest.raises(LoaderError, match="closed"):
        later.take()
    done.set()
    first.take()
    with pytest.raises(LoaderError, match="closed"):
        pool.submit(lambda _: None)
