"""Each fault of a server has its own outcome."""

from __future__ import annotations

import pytest

from datatool.errors import DatatoolError, LoaderError
from datatool.storage import ChangedError, Member, RemoteError, StorageError, exists, members_of, read, signature
from datatool.storage.remote import _client
from tests.helpers.buckets import Bucket
from tests.helpers.containers import write_tar

DATA = bytes(range(256)) * 40


@pytest.fixture
def member(bucket: Bucket, tmp_path: object) -> Member:
    """A member of a tar in the bucket, indexed."""
    from pathlib import Path

    url = bucket.put("s.tar", write_tar(Path(str(tmp_path)) / "s.tar", {"a.jpg": b"first", "b.jpg": DATA}))
    span = members_of(url).span("b.jpg")
    assert span is not None
    return Member(f"{url}/b.jpg", span)


def test_an_object_that_is_not_there_is_a_bad_image(bucket: Bucket) -> None:
    with pytest.raises(StorageError, match="No such file"):
        read(f"{bucket.s3}/gone.jpg", max_bytes=100)
    assert not exists(f"{bucket.s3}/gone.jpg")
    with pytest.raises(FileNotFoundError):
        signature(f"{bucket.s3}/gone.jpg")


@pytest.mark.parametrize(
    ("status", "said", "asked"),
    [
        (403, "403", 1),
        (401, "401", 1),
        (503, "503", 5),
        (429, "too many requests", 5),
        (500, "500", 5),
        ("cut", "cut", 5),
        ("ignored", "the whole object", 1),
    ],
)
def test_a_store_that_refuses_ends_the_run_with_one_sentence(
    bucket: Bucket, member: Member, status: object, said: str, asked: int
) -> None:
    bucket.fault("s.tar", status)
    before = bucket.gets("s.tar")
    with pytest.raises(RemoteError, match=said) as caught:
        read(member, max_bytes=1 << 20)
    assert bucket.gets("s.tar") - before == asked  # once, and four retries where trying again may help
    text = str(caught.value)
    assert "the-secret-of-the-test" not in text
    assert "Signature" not in text
    assert "\n" not in text
    assert "Hint: " in text
    assert isinstance(caught.value, LoaderError)


@pytest.mark.parametrize("fault", [503, 429, 500, "cut"])
def test_a_fault_that_passes_is_nothing(bucket: Bucket, member: Member, fault: object) -> None:
    bucket.fault("s.tar", fault, fault, "ok")
    assert read(member, max_bytes=1 << 20) == DATA


def test_a_silent_store_ends_the_run_in_bounded_time(
    bucket: Bucket, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_client, "READ_SECONDS", 0.2)
    monkeypatch.setattr(_client, "_stores", {})
    bucket.fault("s.tar", "stall")
    with pytest.raises(RemoteError, match="no answer in time"):
        read(member, max_bytes=1 << 20)


def test_a_stall_that_passes_is_nothing(bucket: Bucket, member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_client, "READ_SECONDS", 0.2)
    monkeypatch.setattr(_client, "_stores", {})
    bucket.fault("s.tar", "stall", "ok")
    assert read(member, max_bytes=1 << 20) == DATA


@pytest.mark.parametrize("etags", [True, False])
def test_an_object_that_changed_is_an_error_that_names_it(bucket: Bucket, member: Member, etags: bool) -> None:
    bucket.server.etags = etags
    if not etags:
        member = Member(str(member), member.span._replace(container=member.span.container._replace(etag="")))
    longer = bucket.server.objects[f"{bucket.name}/s.tar"] + bytes(512)
    bucket.put("s.tar", longer)
    with pytest.raises(ChangedError, match=r"s\.tar"):
        read(member, max_bytes=1 << 20)


def test_an_object_that_shrank_is_an_error_that_names_it(bucket: Bucket, member: Member) -> None:
    bucket.put("s.tar", bucket.server.objects[f"{bucket.name}/s.tar"][:512])
    bucket.server.etags = False
    loose = Member(str(member), member.span._replace(container=member.span.container._replace(etag="")))
    with pytest.raises(ChangedError, match=r"s\.tar"):
        read(loose, max_bytes=1 << 20)


def test_no_connection_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore")
    monkeypatch.setattr(_client, "RETRIES", 0)
    monkeypatch.setattr(_client, "_stores", {})
    with pytest.raises(RemoteError, match="no connection"):
        read("http://127.0.0.1:1/a.jpg", max_bytes=100)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@host/a.jpg",
        "https://host/a.jpg?X-Amz-Signature=hunter2",
        "s3://key:hunter2@bucket/a.jpg",
        "https://host/a.jpg#hunter2",
    ],
)
def test_a_url_with_a_secret_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(DatatoolError) as caught:
        read(url, max_bytes=100)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["a b.jpg", "ü/ß.jpg", "a#1.jpg", "a?2.jpg", "a%20b.jpg", "[z]*.jpg", "a+b&c=d.jpg"])
def test_odd_keys_are_read(bucket: Bucket, name: str) -> None:
    assert read(bucket.put(name, DATA), max_bytes=1 << 20) == DATA


def test_a_key_that_no_client_can_name_is_a_bad_image(bucket: Bucket) -> None:
    with pytest.raises(StorageError, match="no object can be named so"):
        read(f"{bucket.s3}/a//b.jpg", max_bytes=100)
