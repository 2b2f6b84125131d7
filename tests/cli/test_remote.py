"""Commands over buckets, as people run them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from datatool.schemas import Plan
from tests.helpers.buckets import Bucket
from tests.helpers.containers import named_pictures, write_files, write_tar
from tests.helpers.program import Cli, Result

FILES = named_pictures(12)


def _run(cli: Cli, *arguments: str, code: int = 0) -> Result:
    done = cli(*arguments)
    assert done.code == code, done.err
    return done


@pytest.fixture
def given(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The same pictures as objects and in a tar."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path / "files", FILES)
    return {
        "list": f"{bucket.put_folder('files', tmp_path / 'files')}/list.txt",
        "tar": bucket.put("s.tar", write_tar(tmp_path / "s.tar", FILES)),
    }


@pytest.mark.parametrize("kind", ["list", "tar"])
def test_an_audit_opens_every_image_and_asks_again_only_for_its_state(
    given: dict[str, str], bucket: Bucket, cli: Cli, kind: str
) -> None:
    first = json.loads(_run(cli, "audit", given[kind], "--images", "--json").out)
    assert first["rows"] == len(FILES)
    assert {finding["code"] for finding in first["findings"]} == {"I702"}
    before = len(bucket.server.gets)
    again = json.loads(_run(cli, "audit", given[kind], "--images", "--json").out)
    assert again["findings"] == first["findings"]
    assert len(bucket.server.gets) - before <= 1  # the list, or the table of the tar


def test_missing_and_damaged_objects_are_findings(given: dict[str, str], bucket: Bucket, cli: Cli) -> None:
    bucket.put("files/c0/001.jpg", b"no picture")
    del bucket.server.objects[f"{bucket.name}/files/c0/002.jpg"]
    found = json.loads(_run(cli, "audit", given["list"], "--images", "--json", code=1).out)
    assert {"E401", "E402"} <= {finding["code"] for finding in found["findings"]}


@pytest.mark.parametrize("status", [403, 503])
def test_a_store_that_refuses_is_exit_2_with_one_line(
    given: dict[str, str], bucket: Bucket, cli: Cli, status: int
) -> None:
    bucket.fault("files/c0/001.jpg", status)
    said = _run(cli, "audit", given["list"], "--images", code=2).err
    assert f"got {status}" in said
    assert "Traceback" not in said
    assert "the-secret-of-the-test" not in said


@pytest.mark.parametrize("kind", ["list", "tar"])
def test_prepare_and_pack_give_what_they_give_of_files(given: dict[str, str], cli: Cli, kind: str) -> None:
    _run(cli, "prepare", given[kind], "-o", "small", "--short-side", "24")
    _run(cli, "pack", given[kind], "-o", "packed")
    _run(cli, "prepare", "files/list.txt" if kind == "list" else "s.tar", "-o", "small2", "--short-side", "24")
    _run(cli, "pack", "files/list.txt" if kind == "list" else "s.tar", "-o", "packed2")
    for one, other in (("small", "small2"), ("packed", "packed2")):
        names = sorted(file.relative_to(one) for file in Path(one).rglob("*") if file.suffix in (".jpg", ".tar"))
        assert names
        for name in names:
            assert (Path(one) / name).read_bytes() == (Path(other) / name).read_bytes()


def test_what_cannot_be_read_in_place_is_packed_from_a_copy(
    given: dict[str, str], bucket: Bucket, tmp_path: Path, cli: Cli
) -> None:
    import tarfile

    with tarfile.open(tmp_path / "z.tar.gz", "w:gz") as archive:
        for name in FILES:
            archive.add(tmp_path / "files" / name, name)
    url = bucket.put("z.tar.gz", tmp_path / "z.tar.gz")
    assert f"datatool pack {url} -o DIR" in _run(cli, "audit", url, code=2).err
    _run(cli, "pack", url, "-o", "packed")
    assert not (tmp_path / "packed/.unpacked").exists()
    assert json.loads(_run(cli, "audit", "packed", "--json").out)["rows"] == len(FILES)


def test_fetch_copies_shards_once_and_plans_over_the_copies(
    given: dict[str, str], bucket: Bucket, cli: Cli, tmp_path: Path
) -> None:
    command = ("balance", given["tar"], "--strategy", "natural", "--out", "t.plan", "--fetch", "disk")
    _run(cli, *command)
    [container] = Plan.open("t.plan").containers
    copy = tmp_path / "disk" / bucket.name / "s.tar"
    assert Path(container.path) == copy
    assert copy.read_bytes() == (tmp_path / "s.tar").read_bytes()
    before = bucket.gets("s.tar")
    _run(cli, *command)
    assert bucket.gets("s.tar") == before
    bucket.put("s.tar", write_tar(tmp_path / "other.tar", dict(list(FILES.items())[:10])))
    _run(cli, *command)
    assert copy.read_bytes() == (tmp_path / "other.tar").read_bytes()


def test_a_torn_copy_is_made_again(given: dict[str, str], bucket: Bucket, cli: Cli, tmp_path: Path) -> None:
    copy = tmp_path / "disk" / bucket.name / "s.tar"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"torn")
    _run(cli, "balance", given["tar"], "--strategy", "natural", "--out", "t.plan", "--fetch", "disk")
    assert copy.read_bytes() == (tmp_path / "s.tar").read_bytes()
    assert os.listdir(copy.parent) == ["s.tar"]


def test_index_names_members_of_remote_shards(given: dict[str, str], cli: Cli) -> None:
    found = json.loads(_run(cli, "index", given["tar"], "--json").out)
    assert found["members"] == len(FILES)


def test_bench_says_what_an_epoch_asks_of_its_store_and_costs(given: dict[str, str], cli: Cli) -> None:
    _run(cli, "balance", given["tar"], "--strategy", "natural", "--out", "p.plan")
    measure = ("bench", "p.plan", "--engine", "threads", "--batch-size", "4", "--image-size", "32", "--cache", "off")
    text = _run(cli, *measure, "--price", "500000").out
    assert "12 GETs of" in text
    assert "1.00 GETs a draw are 12 an epoch, 6.00 at the price given" in text
    first = json.loads(_run(cli, *measure, "--storage-cache", "kept", "--json").out)["engines"][0]["storage"]
    assert (first["gets"], first["cache_hits"], first["epoch_price"]) == (12, 0, None)
    again = json.loads(_run(cli, *measure, "--storage-cache", "kept", "--json").out)["engines"][0]["storage"]
    assert (again["gets"], again["cache_hits"], again["epoch_gets"]) == (0, 12, 0)


def test_bench_of_local_files_speaks_of_no_store(given: dict[str, str], cli: Cli) -> None:
    _run(cli, "balance", "files/list.txt", "--strategy", "natural", "--out", "p.plan")
    measure = ("bench", "p.plan", "--engine", "threads", "--batch-size", "4", "--image-size", "32", "--json")
    assert json.loads(_run(cli, *measure).out)["engines"][0]["storage"] is None
