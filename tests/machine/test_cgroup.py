from __future__ import annotations

from pathlib import Path

import pytest

from datatool.machine import CpuLimit, cpu_limit, memory_limit

GIB = 1 << 30


def machine(root: Path, *, membership: str, mounts: str, files: dict[str, str]) -> Path:
    """A fake root with 16 GiB of memory, 12 GiB of it available."""
    everything = {
        "proc/meminfo": f"MemTotal: {16 * GIB // 1024} kB\nMemAvailable: {12 * GIB // 1024} kB\nHugePages_Total: 0\n",
        "proc/self/cgroup": membership,
        "proc/self/mountinfo": mounts,
        **files,
    }
    for name, text in everything.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"


def v1_mount(controller: str, root: str = "/") -> str:
    return f"32 31 0:29 {root} /sys/fs/cgroup/{controller} rw - cgroup cgroup rw,{controller}\n"


def test_version_2_the_tightest_group_above_the_process_limits(tmp_path: Path) -> None:
    """The outer group is tighter than the inner one, and idle page cache counts as free."""
    root = machine(
        tmp_path,
        membership="0::/outer/inner\n",
        mounts=V2_MOUNT,
        files={
            "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
            "sys/fs/cgroup/outer/memory.max": f"{4 * GIB}\n",
            "sys/fs/cgroup/outer/memory.current": f"{3 * GIB}\n",
            "sys/fs/cgroup/outer/memory.stat": f"anon 5\ninactive_file {GIB}\n",
            "sys/fs/cgroup/outer/inner/memory.max": "max\n",
            "sys/fs/cgroup/outer/inner/memory.current": f"{3 * GIB}\n",
            "sys/fs/cgroup/outer/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/outer/inner/cpu.max": "max 100000\n",
        },
    )
    found = memory_limit(root=root)
    assert (found.limit, found.free, found.total, found.cgroup) == (4 * GIB, 2 * GIB, 16 * GIB, 2)
    assert cpu_limit(root=root, affinity=8) == CpuLimit(quota=1.5, affinity=8)
    assert cpu_limit(root=root, affinity=8).usable == 2


def test_version_2_in_a_namespace_the_mount_is_the_group(tmp_path: Path) -> None:
    """Docker with a private cgroup namespace shows the path `/`."""
    root = machine(
        tmp_path,
        membership="0::/\n",
        mounts=V2_MOUNT,
        files={"sys/fs/cgroup/memory.max": f"{GIB}\n", "sys/fs/cgroup/memory.current": "0\n"},
    )
    assert memory_limit(root=root).limit == GIB
    assert memory_limit(root=root).free == GIB


@pytest.mark.parametrize("mount_root", ["/", "/docker/abc"])
def test_version_1_with_and_without_the_hosts_view(tmp_path: Path, mount_root: str) -> None:
    """Inside docker the mount's root is the container's own group."""
    inside = "sys/fs/cgroup/memory" + ("/docker/abc" if mount_root == "/" else "")
    root = machine(
        tmp_path,
        membership="4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n",
        mounts=v1_mount("memory", mount_root) + v1_mount("cpu,cpuacct", mount_root),
        files={
            f"{inside}/memory.limit_in_bytes": f"{2 * GIB}\n",
            f"{inside}/memory.usage_in_bytes": f"{GIB}\n",
            f"{inside}/memory.stat": "total_inactive_file 0\n",
            f"{inside.replace('memory', 'cpu,cpuacct')}/cpu.cfs_quota_us": "300000\n",
            f"{inside.replace('memory', 'cpu,cpuacct')}/cpu.cfs_period_us": "100000\n",
        },
    )
    found = memory_limit(root=root)
    assert (found.limit, found.free, found.cgroup) == (2 * GIB, GIB, 1)
    assert cpu_limit(root=root, affinity=2).quota == 3.0
    assert cpu_limit(root=root, affinity=2).usable == 2


def test_no_limit_leaves_the_machines_memory(tmp_path: Path) -> None:
    """Version 1 writes a number near 2^63 where there is no limit, and -1 for CPU time."""
    root = machine(
        tmp_path,
        membership="4:memory:/\n1:cpu:/\n",
        mounts=v1_mount("memory") + v1_mount("cpu"),
        files={
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
    )
    assert memory_limit(root=root).limit is None
    assert memory_limit(root=root).free == 12 * GIB
    assert cpu_limit(root=root, affinity=4).usable == 4


def test_no_control_groups_at_all(tmp_path: Path) -> None:
    root = machine(tmp_path, membership="", mounts="", files={})
    assert memory_limit(root=root).cgroup is None
    assert memory_limit(root=root).free == 12 * GIB
    assert cpu_limit(root=root, affinity=1).quota is None


def test_this_machine_answers() -> None:
    assert memory_limit().total > 0
    assert 0 < memory_limit().free <= memory_limit().total
    assert cpu_limit().usable >= 1
