"""Whether a store answers, how fast, and how many threads pay."""

from __future__ import annotations

import pytest

from datatool.doctor import check_store
from datatool.errors import DatasetError, LoaderError
from tests.helpers.buckets import Bucket
from tests.helpers.program import Cli

SECONDS = 0.2


def test_threads_pay_where_each_answer_takes_its_time(bucket: Bucket) -> None:
    for number in range(5):
        bucket.put(f"images/{number}.jpg", bytes(1_000 + number))
    bucket.put("images/empty.jpg", b"")
    bucket.server.latency = 0.02

    found = check_store(f"{bucket.s3}/images", seconds=SECONDS)

    assert (found.objects, found.get_bytes) == (5, 1_002)
    assert found.latency_s >= 0.02
    assert [rate.threads for rate in found.rates] == [1, 4, 16, 64]
    assert found.rates[0].gets_per_s <= 1 / 0.02
    assert bucket.server.most_active > 1
    assert found.io_threads in (1, 4, 16, 64)


def test_a_large_object_is_asked_for_in_ranges_all_over_it(bucket: Bucket) -> None:
    size = 1 << 20
    bucket.put("train-0.tar", bytes(size))

    found = check_store(f"{bucket.http}/train-0.tar", seconds=SECONDS)

    asked = {place for key, place in bucket.server.gets if key.endswith("train-0.tar") and place}
    places = [(size - (64 << 10)) * number // 63 for number in range(64)]
    assert (found.objects, found.get_bytes) == (1, 64 << 10)
    assert len(asked) > 1
    assert asked <= {f"bytes={place}-{place + (64 << 10) - 1}" for place in places}


def test_what_does_not_answer_is_said(bucket: Bucket) -> None:
    with pytest.raises(DatasetError, match=r"must hold an object at or below a URL; got 's3://.*/nothing', where none"):
        check_store(f"{bucket.s3}/nothing", seconds=SECONDS)
    with pytest.raises(DatasetError, match="must hold an object at or below a URL"):
        check_store(f"{bucket.http}/nothing", seconds=SECONDS)
    with pytest.raises(DatasetError, match="--storage must be a URL such as s3://bucket/folder; got 'images'"):
        check_store("images")
    bucket.put("kept.jpg", b"1")
    bucket.fault("kept.jpg", 403)
    with pytest.raises(LoaderError, match="403"):
        check_store(f"{bucket.s3}/kept.jpg", seconds=SECONDS)


def test_doctor_says_how_many_threads_pay(bucket: Bucket, cli: Cli) -> None:
    bucket.put("a.jpg", bytes(2_000))
    result = cli("doctor", "--storage", bucket.s3)
    assert (result.code, result.err) == (0, "")
    assert "answers: a GET of 2,000 bytes takes" in result.out
    assert "data.io_threads=" in result.out
    assert '"schema": "datatool.store/1"' in cli("doctor", "--storage", bucket.s3, "--json").out
    assert cli("doctor", "--storage", bucket.s3, "--plan", "p").code == 2
