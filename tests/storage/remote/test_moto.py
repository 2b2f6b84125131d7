"""The same against moto, which other people wrote to behave as S3 does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from datatool.balance import make_plan
from datatool.errors import LoaderError
from datatool.loader import BalancedLoader
from datatool.rows import open_rows, resolve
from datatool.storage import ChangedError, Member, container_of, members_of, read
from tests.helpers.containers import named_pictures, write_files, write_tar
from tests.helpers.moto_bucket import MotoBucket
from tests.helpers.written_plans import LOADER_OPTIONS, pixels


def test_batches_over_moto_are_those_over_files(moto: MotoBucket, tmp_path: Path) -> None:
    files = named_pictures(12)
    listed = write_files(tmp_path / "files", files)
    for file in (tmp_path / "files").rglob("*.*"):
        moto.put(f"files/{file.relative_to(tmp_path / 'files')}", file.read_bytes())
    moto.put("shards/s-0.tar", write_tar(tmp_path / "s.tar", files).read_bytes())
    found = []
    for number, given in enumerate(
        (listed, f"{moto.url}/files/list.txt", f"{moto.url}/files", f"{moto.url}/shards/s-*.tar")
    ):
        with open_rows(resolve(str(given))) as rows:
            plan = make_plan(rows, strategy="oversample", out=tmp_path / f"{number}.plan", seed=3)
        with BalancedLoader(plan, **LOADER_OPTIONS) as loader:
            found.append(pixels(list(loader.epoch(0))))
    for other in found[1:]:
        assert np.array_equal(found[0], other)


def test_a_shard_that_moto_was_given_anew_is_an_error(moto: MotoBucket, tmp_path: Path) -> None:
    moto.put("s.tar", write_tar(tmp_path / "s.tar", {"a.jpg": b"first" * 100}).read_bytes())
    members = members_of(f"{moto.url}/s.tar")
    assert container_of(f"{moto.url}/s.tar").etag
    moto.put("s.tar", write_tar(tmp_path / "t.tar", {"a.jpg": b"other" * 100}).read_bytes())
    with pytest.raises(ChangedError, match=r"s\.tar"):
        read(Member(f"{moto.url}/s.tar/a.jpg", members.span_at(0)), max_bytes=1000)


def test_a_bucket_that_is_not_there_is_said(moto: MotoBucket) -> None:
    with pytest.raises((LoaderError, FileNotFoundError)):
        container_of("s3://no-such-bucket/s.tar")
