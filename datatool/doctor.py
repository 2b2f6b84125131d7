"""The machine as the loader and the trainers will find it: memory, CPUs, GPUs, versions, and what to change."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from datatool.machine import (
    CpuLimit,
    Gpu,
    MemoryLimit,
    SharedMemory,
    cpu_limit,
    gpus,
    has_nvidia_card,
    memfd_works,
    memory_limit,
    shared_memory,
)
from datatool.schemas import (
    DatasetError,
    DoctorCpu,
    DoctorDocument,
    DoctorGpu,
    DoctorMemory,
    DoctorNote,
    DoctorSharedMemory,
    DoctorTransport,
    PlanCheckDocument,
    StoreDocument,
    StoreRate,
    is_url,
    verify_plan,
)

__all__ = ["Machine", "check_plan", "check_store", "doctor", "probe"]

MIB: Final = 1 << 20
LOW_MEMORY: Final = 1024 * MIB  # an interpreter with Paddle and a few batches of 224 px takes about 0.7 GiB
CUDA13_DRIVER: Final = 580  # CUDA 13.0 release notes: the first driver of that family
DALI: Final = ("nvidia-dali-cuda130", "nvidia-dali-cuda120", "nvidia-dali-cuda110")
DISTRIBUTIONS: Final = (
    "datatool",
    "numpy",
    "pyarrow",
    "duckdb",
    "simplejpeg",
    "opencv-python-headless",
    "pillow",
    "paddlepaddle",
    "paddlepaddle-gpu",
    "torch",
    *DALI,
    "albumentations",
    "ray",
    "timm",
    "scikit-learn",
)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Everything that was probed; a test builds one by hand."""

    shm: SharedMemory
    memory: MemoryLimit
    cpu: CpuLimit
    gpus: tuple[Gpu, ...]
    driver: str | None
    memfd: bool
    container: bool
    card: bool = False
    versions: Mapping[str, str | None]

    @property
    def dali(self) -> str | None:
        """The DALI distribution that is installed."""
        return next((name for name in DALI if self.versions.get(name)), None)


def probe(*, root: Path = Path("/"), version_of: Callable[[str], str | None] | None = None) -> Machine:
    """Look at the machine; `root` stands for the file system's root."""
    visible, driver = gpus()
    look_up = version_of or _installed
    return Machine(
        shm=shared_memory(root / "dev/shm"),
        memory=memory_limit(root=root),
        cpu=cpu_limit(root=root),
        gpus=visible,
        driver=driver,
        memfd=memfd_works(),
        container=(root / ".dockerenv").exists() or (root / "run/.containerenv").exists() or _in_pod(root),
        card=has_nvidia_card(root=root),
        versions={"python": platform.python_version(), **{name: look_up(name) for name in DISTRIBUTIONS}},
    )


def doctor(machine: Machine | None = None, /) -> DoctorDocument:
    """Judge a machine (default: this one).

    >>> doctor().transport.threads
    'one process, reader threads, private memory: /dev/shm is not used'
    """
    seen = probe() if machine is None else machine
    return DoctorDocument(
        shared_memory=DoctorSharedMemory(**asdict(seen.shm)),
        memory=DoctorMemory(**asdict(seen.memory)),
        cpu=DoctorCpu(**asdict(seen.cpu), usable=seen.cpu.usable),
        gpus=[DoctorGpu(**asdict(gpu)) for gpu in seen.gpus],
        driver=seen.driver,
        container=seen.container,
        versions=dict(seen.versions),
        transport=_transport(seen),
        docker_flags=list(_docker_flags(seen)),
        notes=[*_shm_notes(seen), *_limit_notes(seen), *_package_notes(seen)],
    )


def check_plan(plan: Path | str, /) -> PlanCheckDocument:
    """Check every byte of a plan folder against the digests in it.

    Raises:
        PlanError: If a file is not as it was written.
    """
    from datatool.storage import open_plan, plan_files

    unchecked = verify_plan(plan_files(plan))
    opened = open_plan(plan)
    return PlanCheckDocument(
        plan=opened.place, fingerprint=opened.fingerprint, rows=opened.num_rows, unchecked=unchecked
    )


def check_store(url: str, /, *, seconds: float = 1.0) -> StoreDocument:
    """Ask a bucket or an object for ranges of at most 64 KiB, by 1, 4, 16 and 64 threads.

    Args:
        url: `s3://`, `gs://`, `az://`, or `https://` of an object.
        seconds: For each number of threads.

    Raises:
        DatasetError: If it is no URL, or nothing lies there.
        RemoteError: If the store refuses.
    """
    from datatool.storage import store_speed

    if not is_url(url):
        raise DatasetError(f"--storage must be a URL such as s3://bucket/folder; got '{url}'")
    try:
        found = store_speed(url, seconds=seconds)
    except FileNotFoundError:
        raise DatasetError(f"a store must hold an object at or below a URL; got '{url}', where none is") from None
    return StoreDocument(
        url=url,
        objects=found.objects,
        get_bytes=found.get_bytes,
        latency_s=found.latency,
        rates=[StoreRate(threads=rate.threads, gets_per_s=rate.gets, bytes_per_s=rate.bytes) for rate in found.rates],
        io_threads=found.io_threads,
    )


def _transport(seen: Machine) -> DoctorTransport:
    if seen.gpus and seen.dali:
        engine, device, reason = "dali", "gpu", f"a GPU ({seen.gpus[0].name}) and {seen.dali} are present"
    elif seen.gpus:
        engine, device, reason = "threads", "cpu", "a GPU is present, DALI is not installed"
    else:
        engine, device, reason = "threads", "cpu", "no GPU is visible"
    return DoctorTransport.parse(
        {
            "engine": engine,
            "device": device,
            "threads": "one process, reader threads, private memory: /dev/shm is not used",
            "processes": "memfd" if seen.memfd else "temporary-file",
            "reason": reason,
        }
    )


def _docker_flags(seen: Machine) -> Iterator[str]:
    if len(seen.gpus) > 1 and not seen.shm.suits_nccl:
        yield "--shm-size=1g"
        yield "--ulimit memlock=-1"
    if seen.container and seen.driver is None and seen.card:
        yield "--gpus all"
    if seen.memory.limit is not None and seen.memory.free < LOW_MEMORY:
        yield f"--memory={_gib(seen.memory.limit + 4 * LOW_MEMORY)}g"
    if seen.cpu.quota is not None and seen.cpu.quota < min(2, seen.cpu.affinity):
        yield f"--cpus={seen.cpu.affinity}"


def _shm_notes(seen: Machine) -> Iterator[DoctorNote]:
    shm = seen.shm
    state = "absent" if not shm.present else "read-only" if not shm.writable else f"{shm.size / MIB:,.0f} MiB"
    if not shm.suits_nccl:
        yield _note(
            "shared-memory-small",
            "info",
            f"{shm.path} is {state}: datatool does not use it; loaders with worker processes of other libraries"
            " may die of a bus error here",
        )
    if len(seen.gpus) > 1:
        yield _note(
            "nccl-shared-memory",
            "info" if shm.suits_nccl else "warning",
            f"with {len(seen.gpus)} GPUs NCCL itself uses {shm.path} (now {state}) and asks for about 1 GiB of it",
            "start the container with --shm-size=1g; NCCL_SHM_DISABLE=1 does without it, but slower, and is never set"
            " for you",
        )
    if not seen.memfd:
        yield _note(
            "memfd-refused",
            "info",
            "memfd_create is refused here (a seccomp profile?):"
            ' workers="processes" falls back to an unnamed temporary file',
        )


def _limit_notes(seen: Machine) -> Iterator[DoctorNote]:
    if seen.memory.free < LOW_MEMORY:
        yield _note(
            "memory-low",
            "warning",
            f"only {seen.memory.free / MIB:,.0f} MiB of memory are free for this process",
            "use a smaller batch_size, fewer num_threads and cache=None",
        )
    quota = seen.cpu.quota
    if quota is not None and quota < seen.cpu.affinity:
        yield _note(
            "cpu-quota",
            "info",
            f"a control group allows {quota:g} CPUs of the {seen.cpu.affinity} that are visible: {seen.cpu.usable}"
            " reader threads by default",
        )


def _package_notes(seen: Machine) -> Iterator[DoctorNote]:
    cpu_paddle, gpu_paddle = seen.versions.get("paddlepaddle"), seen.versions.get("paddlepaddle-gpu")
    if cpu_paddle and gpu_paddle:
        yield _note(
            "two-paddles",
            "warning",
            f"CPU Paddle {cpu_paddle} stands beside GPU Paddle {gpu_paddle}: both write the package 'paddle', and the"
            " one installed last wins",
            "pip uninstall -y paddlepaddle paddlepaddle-gpu, then install only one of them",
        )
    elif cpu_paddle and seen.gpus:
        yield _note(
            "cpu-paddle-with-gpu",
            "warning",
            f"a GPU is present, and Paddle {cpu_paddle} is the CPU build",
            "pip uninstall -y paddlepaddle, then install paddlepaddle-gpu",
        )
    torch = seen.versions.get("torch")
    if torch and torch.endswith("+cpu") and seen.gpus:
        yield _note("cpu-torch-with-gpu", "warning", f"a GPU is present, and torch {torch} is a CPU build")
    if seen.gpus and not seen.dali:
        yield _note(
            "no-dali",
            "warning",
            "a GPU is present and DALI is not installed: images are decoded on the CPU",
            f"in a checkout of datatool run pip install '.[{_dali_extra(seen.driver)}]'",
        )


def _dali_extra(driver: str | None) -> str:
    major = (driver or "0").split(".")[0]
    return "dali-cuda13" if major.isdigit() and int(major) >= CUDA13_DRIVER else "dali-cuda12"


def _note(name: str, severity: Literal["warning", "info"], message: str, hint: str = "") -> DoctorNote:
    return DoctorNote(name=name, severity=severity, message=message, hint=hint)


def _gib(size: int) -> int:
    return -(-size // (1024 * MIB))


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _in_pod(root: Path) -> bool:
    try:
        text = (root / "proc/self/cgroup").read_text()
    except OSError:
        return False
    return any(word in text for word in ("docker", "kubepods", "containerd", "libpod"))
