"""The Ray engine on a cluster of two nodes on this machine; packets to its own address go over the loopback device."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datatool.audit.images import open_engine, scan
from datatool.rows import open_rows, resolve
from datatool.schemas import DatatoolError
from tests.helpers.cluster import kill_one, two_nodes
from tests.helpers.scenes import encode, scene

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*:FutureWarning", "ignore::ResourceWarning")]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two nodes of one CPU each; the address of the cluster."""
    with two_nodes() as found:
        yield found


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of 600 files: pictures, a damaged one, one that is no image, one that is not there."""
    folder = tmp_path_factory.mktemp("ray")
    data = [encode(scene(number, height=400, width=400)) for number in range(20)]
    for number in range(600):
        (folder / f"{number}.jpg").write_bytes(data[number % 20] + number.to_bytes(2, "big"))
    (folder / "7.jpg").write_bytes(data[7][:-400])
    (folder / "8.jpg").write_bytes(b"<html>")
    (folder / "9.jpg").unlink()
    (folder / "list.txt").write_text("".join(f"{number}.jpg {number % 3}\n" for number in range(600)))
    return folder / "list.txt"


def images(file: Path, engine: Any) -> list[tuple[Any, ...]]:
    with open_rows(resolve(str(file))) as rows:
        assert scan(rows.read(), engine=engine, cache=None).read == 599
        found: list[tuple[Any, ...]] = rows.read().execute("FROM images ORDER BY file").fetchall()
        return found


def test_a_cluster_of_two_nodes_finds_what_local_threads_find(address: str, listed: Path) -> None:
    assert images(listed, open_engine(f"ray:{address}")) == images(listed, open_engine("threads"))


def test_a_killed_worker_loses_no_rows(address: str, listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datatool.audit.images._scan._CHUNK", 8)
    killed: list[int] = []
    done = threading.Event()

    def kill_two() -> None:
        while len(killed) < 2 and not done.is_set():
            killed.extend(kill_one(sparing=killed))
            time.sleep(0.05)

    killer = threading.Thread(target=kill_two)
    killer.start()
    try:
        found = images(listed, open_engine(f"ray:{address}"))
    finally:
        done.set()
        killer.join()
    assert killed
    assert found == images(listed, open_engine("threads"))


@pytest.mark.parametrize("port", [1, 99_999])
def test_an_unreachable_cluster_is_named(port: int) -> None:
    pytest.importorskip("ray", reason="ray is not installed")
    with pytest.raises(DatatoolError, match="Ray cluster must be reachable"):
        next(iter(open_engine(f"ray:127.0.0.1:{port}").map(len, [[]])))
