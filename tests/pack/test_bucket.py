"""Packs that are written to a bucket, of moto."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.balance import make_plan
from datatool.errors import ConfigError, DatasetError
from datatool.loader import BalancedLoader
from datatool.pack import PackOptions
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from datatool.storage import RemoteError, write_object
from tests.helpers.buckets import Bucket
from tests.helpers.containers import named_pictures, write_files
from tests.helpers.moto_bucket import MotoBucket
from tests.helpers.packs import READ_BACK, packed
from tests.helpers.program import Cli
from tests.helpers.written_plans import LOADER_OPTIONS, pixels


def _batches(dataset: object, out: Path) -> tuple[Plan, Any]:
    with open_rows(resolve(str(dataset))) as rows:
        plan = make_plan(rows, strategy="oversample", out=out, seed=5)
    with BalancedLoader(out, **LOADER_OPTIONS) as loader:
        return plan, pixels(list(loader.epoch(1)))


def test_a_pack_on_a_bucket_is_the_one_in_a_folder_and_gives_the_same_batches(moto: MotoBucket, tmp_path: Path) -> None:
    listed = write_files(tmp_path, named_pictures())
    place = f"{moto.url}/sets/my pack"
    document = packed(listed, place)
    assert document == packed(listed, tmp_path / "local")
    found = moto.fetched("sets/my pack", tmp_path / "fetched")
    expected = {file.name: file.read_bytes() for file in (tmp_path / "local").iterdir()}
    assert {file.name: file.read_bytes() for file in found.iterdir()} == expected
    first, pictures = _batches(listed, tmp_path / "first.plan")
    again, others = _batches(place, tmp_path / "again.plan")
    assert again.fingerprint == first.fingerprint
    assert {container.path.rpartition("/")[0] for container in again.containers} == {place}
    assert all(container.etag for container in again.containers)
    assert np.array_equal(pictures, others)
    assert packed(listed, place) == document


def test_its_shards_are_tars_that_webdataset_reads(moto: MotoBucket, tmp_path: Path, process: Cli) -> None:
    pytest.importorskip("webdataset")
    files = named_pictures()
    packed(write_files(tmp_path, files), f"{moto.url}/pack")
    shards = sorted(map(str, moto.fetched("pack", tmp_path / "fetched").glob("train-*.tar")))
    done = process("-W", "ignore", "-c", READ_BACK, *shards)  # it leaves files open, which would fail a test here
    assert done.code == 0, done.err
    expected = sorted(f"{hashlib.blake2b(data).hexdigest()} {name[1]}" for name, data in files.items())
    assert sorted(done.out.split("\n")[:-1]) == expected


def test_a_pack_on_a_bucket_is_fetched_and_packed_again(moto: MotoBucket, tmp_path: Path, cli: Cli) -> None:
    listed = write_files(tmp_path / "files", named_pictures(12))
    place = f"{moto.url}/pack"
    packed(listed, place)
    done = cli(
        "balance",
        place,
        "--strategy",
        "oversample",
        "--fetch",
        tmp_path / "copies",
        "--seed",
        "5",
        "-o",
        tmp_path / "local.plan",
    )
    assert done.code == 0, done.err
    plan = Plan.open(tmp_path / "local.plan")
    assert {Path(container.path).parent for container in plan.containers} == {
        tmp_path / "copies" / "pictures-of-moto" / "pack"
    }
    with open_rows(resolve(str(listed))) as rows:
        assert make_plan(rows, strategy="oversample", out=tmp_path / "p", seed=5).fingerprint == plan.fingerprint
    again = cli("pack", place, "-o", tmp_path / "again", "--shard-bytes", "64KiB", "--json")
    assert again.code == 0, again.err
    assert json.loads(again.out)["images"] == 12


class _StoppedError(Exception):
    """The process ends here."""


def _stop_after(count: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let so many objects be written, and no more; returns the URLs that were."""
    written: list[str] = []

    def counted(url: str, source: Any) -> None:
        if len(written) == count:
            raise _StoppedError
        write_object(url, source)
        written.append(url)

    monkeypatch.setattr("datatool.pack._output.write_object", counted)
    return written


def test_a_pack_that_is_stopped_anywhere_is_never_whole_and_goes_on(
    moto: MotoBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = write_files(tmp_path, named_pictures(120))
    whole = packed(listed, tmp_path / "whole")
    assert whole.shards == 8
    place = f"{moto.url}/pack"
    for count in (1, 2, 9, 9):  # before a table, behind one, among the shards, and before the manifest
        with monkeypatch.context() as patch:
            written = _stop_after(count, patch)
            with pytest.raises(_StoppedError):
                packed(listed, place)
        assert len(written) == count
        assert json.loads(moto.get("pack/pack.json"))["complete"] is False
        with pytest.raises(DatasetError):
            _batches(place, tmp_path / "no.plan")
    done = packed(listed, place)
    assert done.model_copy(update={"kept": 0}) == whole
    assert done.kept == 120
    found = moto.fetched("pack", tmp_path / "fetched")
    expected = {file.name: file.read_bytes() for file in (tmp_path / "whole").iterdir() if file.name != "pack.json"}
    assert {file.name: file.read_bytes() for file in found.iterdir() if file.name != "pack.json"} == expected


def test_a_place_of_other_rows_other_settings_or_something_else_is_refused(moto: MotoBucket, tmp_path: Path) -> None:
    listed = write_files(tmp_path, named_pictures(8))
    place = f"{moto.url}/pack"
    packed(listed, place)
    before = moto.names("pack")
    with pytest.raises(ConfigError, match=r"--shard-bytes 65536; got 131072.*s3://pictures-of-moto/pack/pack\.json"):
        packed(listed, place, options=PackOptions(shard_bytes=1 << 17))
    listed.write_text(listed.read_text().replace(" 1\n", " 0\n", 1))
    with pytest.raises(ConfigError, match="got a data set that changed"):
        packed(listed, place)
    moto.put("other/readme.txt", b"mine")
    with pytest.raises(ConfigError, match=r"new or an earlier run's; got 's3://pictures-of-moto/other'"):
        packed(listed, f"{moto.url}/other")
    assert moto.names("pack") == before
    assert moto.names("other") == ["readme.txt"]


def test_a_shard_or_a_manifest_that_is_missing_or_another_is_named(moto: MotoBucket, tmp_path: Path) -> None:
    place = f"{moto.url}/pack"
    packed(write_files(tmp_path, named_pictures(8)), place)
    moto.put("pack/train-00000.tar", b"short")
    with pytest.raises(DatasetError, match=r"must be as it was written.*got 5 .*train-00000\.tar"):
        _batches(place, tmp_path / "p.plan")
    moto.delete("pack/manifest-0.arrow")
    with pytest.raises(DatasetError, match=r"a pack must be whole, its manifests too.*datatool pack again"):
        resolve(place)


def test_a_bucket_that_is_not_there_or_takes_nothing_is_named(moto: MotoBucket, tmp_path: Path) -> None:
    listed = write_files(tmp_path, named_pictures(4))
    with pytest.raises(RemoteError, match=r"404 \(no such bucket\) for 's3://no-such-bucket/p.*make the bucket"):
        packed(listed, "s3://no-such-bucket/p")
    with pytest.raises(DatasetError, match="a folder, or on s3://, gs:// or az://"):
        packed(listed, "https://host/p")
    with pytest.raises(DatasetError, match=r"did you mean 's3://bucket/p'"):
        packed(listed, "s3:/bucket/p")
    with pytest.raises(DatasetError, match="no user and no password"):
        packed(listed, "s3://user:secret@bucket/p")


@pytest.mark.parametrize(
    ("status", "said"), [(403, r"403 \(forbidden\).*AWS_PROFILE"), (507, r"no space left.*make room in the bucket")]
)
def test_a_store_that_refuses_what_is_written_ends_the_pack(
    bucket: Bucket, tmp_path: Path, status: int, said: str
) -> None:
    bucket.server.put_status = status
    with pytest.raises(RemoteError, match=f"an object store must take what is written; got {said}") as caught:
        packed(write_files(tmp_path, named_pictures(4)), f"{bucket.s3}/p")
    assert "the-secret-of-the-test" not in str(caught.value)


def test_a_machine_without_room_for_a_shard_says_so(
    moto: MotoBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("datatool.pack._pack.write_shard", full)
    with pytest.raises(ConfigError, match=r"room for a shard on this machine.*TMPDIR"):
        packed(write_files(tmp_path, named_pictures(4)), f"{moto.url}/p")


def test_the_command_says_where_the_pack_is(moto: MotoBucket, tmp_path: Path, cli: Cli) -> None:
    listed = write_files(tmp_path, named_pictures(8))
    done = cli("pack", listed, "-o", f"{moto.url}/p/", "--shard-bytes", "64KiB")
    assert done.code == 0, done.err
    assert f"rows in {moto.url}/p/dataset.yaml" in done.out
    assert "dataset.yaml" in moto.names("p")
