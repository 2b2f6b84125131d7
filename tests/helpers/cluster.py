"""A Ray cluster of two nodes on this machine, and its workers killed one by one."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def two_nodes() -> Iterator[str]:
    """Two nodes of one CPU each; the address of the cluster."""
    pytest.importorskip("ray", reason="ray is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.cluster_utils import Cluster

        node = {"num_cpus": 1, "object_store_memory": 100 << 20}
        cluster = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
        cluster.add_node(**node)
        cluster.wait_for_nodes()
        yield str(cluster.address)
        cluster.shutdown()


def kill_one(*, sparing: list[int]) -> list[int]:
    """Kill one worker that runs a task of this process's cluster; its id, or nothing where none is busy."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in sparing:
            continue
        try:
            busy = (entry / "cmdline").read_bytes().startswith(b"ray::task_runner")
            if busy and os.getpid() in _ancestors(int(entry.name)):
                os.kill(int(entry.name), signal.SIGKILL)
                return [int(entry.name)]
        except (OSError, ValueError):
            continue
    return []


def _ancestors(process: int) -> set[int]:
    found: set[int] = set()
    while process > 1:
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        found.add(process)
    return found
