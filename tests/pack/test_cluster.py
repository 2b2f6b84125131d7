"""Packs and tables of containers made by a cluster; what needs none is tried with threads in its place."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datatool.audit.images import open_engine
from datatool.errors import ConfigError, DatasetError
from datatool.pack import PackOptions, index_containers
from datatool.storage import tables_folder
from tests.helpers.cluster import kill_one, two_nodes
from tests.helpers.containers import named_pictures, write_files, write_tar
from tests.helpers.moto_bucket import MotoBucket
from tests.helpers.packs import packed
from tests.helpers.program import Cli

SMALL = PackOptions(shard_bytes=1 << 16, max_errors=0.5)


def _written(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Threads of this process where a cluster is asked for; the tasks that were given to them."""
    given: list[Any] = []

    class Spied:
        def map(self, task: Any, chunks: Any) -> Iterator[Any]:
            def told(chunk: Any) -> Any:
                given.append((task, chunk))
                return task(chunk)

            return open_engine(None).map(told, chunks)

    monkeypatch.setattr("datatool.pack._cluster.open_engine", lambda _: Spied())
    monkeypatch.setattr("datatool.pack._cluster._CHUNK", 7)
    return given


@pytest.mark.parametrize("short_side", [None, 32])
def test_shards_of_many_workers_are_those_of_one_process(
    tmp_path: Path, threads: list[Any], short_side: int | None
) -> None:
    options = PackOptions(shard_bytes=1 << 16, short_side=short_side)
    listed = write_files(tmp_path / "files", named_pictures(60))
    expected = packed(listed, tmp_path / "one", options=options)
    assert packed(listed, tmp_path / "many", engine="ray", options=options) == expected
    assert _written(tmp_path / "many") == _written(tmp_path / "one")
    assert threads


def test_images_that_cannot_be_read_move_the_ends_of_shards_as_in_one_process(
    tmp_path: Path, threads: list[Any]
) -> None:
    """One is missing, one is a folder, one is too large for a picture: its size is known, and it is not read."""
    files = named_pictures(60)
    listed = write_files(tmp_path / "files", files)
    names = list(files)
    (tmp_path / "files" / names[3]).unlink()
    (tmp_path / "files" / names[20]).unlink()
    (tmp_path / "files" / names[20]).mkdir()
    with (tmp_path / "files" / names[40]).open("wb") as large:
        large.truncate(3 << 30)
    expected = packed(listed, tmp_path / "one", options=SMALL)
    assert expected.rejected == 3
    assert packed(listed, tmp_path / "many", engine="ray", options=SMALL) == expected
    assert _written(tmp_path / "many") == _written(tmp_path / "one")


def test_shards_of_an_earlier_run_are_kept_wherever_they_are(tmp_path: Path, threads: list[Any]) -> None:
    """A cluster finishes them in no order."""
    listed = write_files(tmp_path / "files", named_pictures(60))
    expected = packed(listed, tmp_path / "one", options=SMALL)
    stopped = tmp_path / "many"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datatool.pack._pack.write_tables", _stop)
        with pytest.raises(KeyboardInterrupt):
            packed(listed, stopped, engine="ray", options=SMALL)
    (stopped / "train-00001.tar").unlink()
    threads.clear()
    done = packed(listed, stopped, engine="ray", options=SMALL)
    assert [chunk.name for _, chunk in threads if hasattr(chunk, "name")] == ["train-00001.tar"]
    assert 0 < done.kept < 60
    assert done.model_copy(update={"kept": 0}) == expected
    assert {k: v for k, v in _written(stopped).items() if k != "pack.json"} == {
        k: v for k, v in _written(tmp_path / "one").items() if k != "pack.json"
    }


def _stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_too_many_unreadable_images_end_it_as_in_one_process(tmp_path: Path, threads: list[Any]) -> None:
    files = named_pictures(10)
    listed = write_files(tmp_path, files)
    (tmp_path / next(iter(files))).unlink()
    with pytest.raises(DatasetError, match=r"got 1 of 10"):
        packed(listed, tmp_path / "out", engine="ray", options=PackOptions(shard_bytes=1 << 16))


def test_a_pack_on_a_bucket_is_spread_too(moto: MotoBucket, tmp_path: Path, threads: list[Any]) -> None:
    listed = write_files(tmp_path / "files", named_pictures(30))
    expected = packed(listed, tmp_path / "one", options=SMALL)
    assert packed(listed, f"{moto.url}/many", engine="ray", options=SMALL) == expected
    assert _written(moto.fetched("many", tmp_path / "many")) == _written(tmp_path / "one")


def test_an_engine_that_there_is_none_of_is_named(tmp_path: Path) -> None:
    listed = write_files(tmp_path / "files", named_pictures(4))
    with pytest.raises(ConfigError, match="--engine must be threads, ray or ray:ADDRESS; got 'spark'"):
        packed(listed, tmp_path / "out", engine="spark", options=SMALL)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two nodes of one CPU each on this machine; the address of the cluster."""
    with two_nodes() as found:
        yield found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore::ResourceWarning")
def test_a_cluster_of_two_nodes_whose_workers_are_killed_packs_the_same_bytes(address: str, tmp_path: Path) -> None:
    listed = write_files(tmp_path / "files", named_pictures(120))
    expected = packed(listed, tmp_path / "one", options=SMALL)
    killed: list[int] = []
    done = threading.Event()

    def kill_two() -> None:
        while len(killed) < 2 and not done.is_set():
            if len(list((tmp_path / "many").glob("*.tar"))) > len(killed):
                killed.extend(kill_one(sparing=killed))
            time.sleep(0.02)

    killer = threading.Thread(target=kill_two)
    killer.start()
    try:
        found = packed(listed, tmp_path / "many", engine=f"ray:{address}", options=SMALL)
    finally:
        done.set()
        killer.join()
    assert killed
    assert found == expected
    assert _written(tmp_path / "many") == _written(tmp_path / "one")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore::ResourceWarning")
def test_tables_that_a_cluster_finds_are_those_of_one_process(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = named_pictures(8)
    paths = [str(write_tar(tmp_path / f"{number}.tar", files)) for number in range(6)]
    first = index_containers(paths)
    expected = _written(tables_folder())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    again = index_containers(paths, engine=f"ray:{address}")
    assert again.model_copy(update={"folder": first.folder}) == first
    assert _written(tables_folder()) == expected
    (tmp_path / "bad.tar").write_bytes(b"\x1f\x8b" + bytes(600))
    with pytest.raises(DatasetError, match=r"plain tar or a zip; got gzip \(.*bad\.tar\)") as caught:
        index_containers([str(tmp_path / "bad.tar")], engine=f"ray:{address}")
    assert "Traceback" not in str(caught.value)


def test_what_is_unpacked_on_one_machine_is_not_spread_for_a_bucket(
    moto: MotoBucket, tmp_path: Path, cli: Cli, threads: list[Any]
) -> None:
    packed = tmp_path / "a.tar.gz"
    packed.write_bytes(gzip.compress(write_tar(tmp_path / "a.tar", named_pictures(4)).read_bytes()))
    refused = cli("pack", packed, "-o", f"{moto.url}/p", "--engine", "ray")
    assert refused.code == 2
    assert "must be where all its nodes see it" in refused.err
    assert moto.names("p") == []
    done = cli("pack", packed, "-o", tmp_path / "out", "--engine", "ray", "--json")
    assert done.code == 0, done.err
    assert cli("pack", packed, "-o", f"{moto.url}/p").code == 0
