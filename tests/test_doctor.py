from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from datatool.doctor import Machine, doctor, probe
from datatool.machine import CpuLimit, Gpu, MemoryLimit, SharedMemory, shared_memory
from datatool.schemas import DoctorDocument
from tests.helpers.program import Cli

GIB = 1 << 30
SHM_64 = SharedMemory(path="/dev/shm", present=True, writable=True, size=64 << 20, free=64 << 20)
TWO_GPUS = tuple(Gpu(name="Device", uuid=f"GPU-{n}", memory=8 * GIB) for n in range(2))
PLAIN = Machine(
    shm=SharedMemory(path="/dev/shm", present=True, writable=True, size=8 * GIB, free=8 * GIB),
    memory=MemoryLimit(limit=None, free=8 * GIB, total=16 * GIB, cgroup=2),
    cpu=CpuLimit(quota=None, affinity=4),
    gpus=(),
    driver=None,
    memfd=True,
    container=False,
    versions={"python": "3.11.7", "paddlepaddle": "3.3.1"},
)


def names(document: DoctorDocument) -> set[str]:
    return {note.name for note in document.notes}


def test_a_plain_machine_needs_nothing() -> None:
    found = doctor(PLAIN)
    assert (found.transport.engine, found.transport.device) == ("threads", "cpu")
    assert found.docker_flags == []
    assert found.notes == []


def test_a_gpu_with_dali_chooses_dali() -> None:
    machine = dataclasses.replace(
        PLAIN, gpus=TWO_GPUS[:1], driver="570.1", versions={"nvidia-dali-cuda120": "2.4.0", "paddlepaddle-gpu": "3.3.1"}
    )
    assert doctor(machine).transport.engine == "dali"
    assert doctor(machine).transport.device == "gpu"
    assert names(doctor(machine)) == set()


def test_a_gpu_without_dali_says_which_extra_fits_the_driver() -> None:
    machine = dataclasses.replace(PLAIN, gpus=TWO_GPUS[:1], driver="580.65.06", versions={})
    hints = {note.name: note.hint for note in doctor(machine).notes}
    assert "dali-cuda13" in hints["no-dali"]
    older = doctor(dataclasses.replace(machine, driver="535.1"))
    assert "dali-cuda12" in {note.name: note.hint for note in older.notes}["no-dali"]


def test_several_gpus_and_a_small_shared_memory_name_nccl_and_the_switch() -> None:
    found = doctor(dataclasses.replace(PLAIN, shm=SHM_64, gpus=TWO_GPUS, driver="580.1", versions={}))
    nccl = next(note for note in found.notes if note.name == "nccl-shared-memory")
    assert nccl.severity == "warning"
    assert "NCCL_SHM_DISABLE=1" in nccl.hint
    assert "--shm-size=1g" in found.docker_flags


@pytest.mark.parametrize(
    ("shm", "word"),
    [
        (SHM_64, "64 MiB"),
        (dataclasses.replace(SHM_64, writable=False), "read-only"),
        (SharedMemory(path="/dev/shm", present=False, writable=False, size=0, free=0), "absent"),
    ],
)
def test_small_shared_memory_is_stated_and_harmless(shm: SharedMemory, word: str) -> None:
    found = doctor(dataclasses.replace(PLAIN, shm=shm))
    note = next(note for note in found.notes if note.name == "shared-memory-small")
    assert word in note.message
    assert note.severity == "info"
    assert found.docker_flags == []


def test_cpu_paddle_beside_gpu_paddle_is_a_warning() -> None:
    both = dataclasses.replace(PLAIN, versions={"paddlepaddle": "3.3.1", "paddlepaddle-gpu": "3.3.1"})
    assert names(doctor(both)) == {"two-paddles"}
    unused = dataclasses.replace(
        PLAIN, gpus=TWO_GPUS[:1], versions={"paddlepaddle": "3.3.1", "nvidia-dali-cuda130": "2.4.0"}
    )
    assert names(doctor(unused)) == {"cpu-paddle-with-gpu"}


def test_tight_limits_name_the_flags_that_lift_them() -> None:
    found = doctor(
        dataclasses.replace(
            PLAIN,
            memory=MemoryLimit(limit=GIB, free=GIB // 4, total=16 * GIB, cgroup=2),
            cpu=CpuLimit(quota=1.0, affinity=4),
            memfd=False,
        )
    )
    assert names(found) == {"memory-low", "cpu-quota", "memfd-refused"}
    assert found.docker_flags == ["--memory=5g", "--cpus=4"]
    assert found.transport.processes == "temporary-file"


def test_the_probe_reads_only_under_its_root(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/.containerenv").touch()
    machine = probe(root=tmp_path, version_of=lambda name: "1" if name == "paddlepaddle" else None)
    assert not machine.shm.present
    assert machine.container
    assert machine.memory.total == 0
    assert machine.versions["paddlepaddle"] == "1"
    assert machine.versions["torch"] is None


def test_an_existing_mount_has_a_size() -> None:
    found = shared_memory(Path("/tmp"))
    assert found.present
    assert found.size >= found.free > 0


def test_the_command_prints_one_document(cli: Cli) -> None:
    run = cli("doctor", "--json")
    assert (run.code, run.err) == (0, "")
    assert DoctorDocument.model_validate(json.loads(run.out)).schema_ == "datatool.doctor/1"


def test_the_command_prints_text_for_people(cli: Cli) -> None:
    run = cli("doctor")
    assert (run.code, run.err) == (0, "")
    assert "/dev/shm" in run.out
    assert "transport" in run.out


def test_a_plan_is_checked_byte_by_byte(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("a.jpg 0\nb.jpg 1\n")
    cli("balance", str(tmp_path / "l.txt"), "--strategy", "natural", "--out", str(tmp_path / "x.plan"))
    whole = cli("doctor", "--plan", str(tmp_path / "x.plan"), "--json")
    index = tmp_path / "x.plan" / "index.arrow"
    index.write_bytes(index.read_bytes().replace(b"a.jpg", b"c.jpg"))
    changed = cli("doctor", "--plan", str(tmp_path / "x.plan"))

    assert (whole.code, json.loads(whole.out)["rows"], json.loads(whole.out)["unchecked"]) == (0, 2, [])
    assert (changed.code, changed.out) == (2, "")
    assert (
        changed.err
        == f"error: index.arrow must be as written; got other bytes ({index}). Hint: run datatool balance again.\n"
    )


@pytest.mark.parametrize(("card", "flags"), [(True, ["--gpus all"]), (False, [])])
def test_gpus_are_asked_for_only_where_the_machine_has_one(card: bool, flags: list[str]) -> None:
    """A container without GPUs on a machine without GPUs is as it should be."""
    machine = dataclasses.replace(PLAIN, container=True, card=card, versions={"nvidia-dali-cuda130": "2.4.0"})
    assert flags == doctor(machine).docker_flags
