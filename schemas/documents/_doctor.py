"""What `datatool doctor --json` prints."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class DoctorSharedMemory(Document):
    """The shared-memory mount; bytes, 0 where it is absent."""

    path: str
    present: bool
    writable: bool
    size: int
    free: int


class DoctorMemory(Document):
    """Memory, in bytes."""

    limit: int | None = Field(description="The tightest control-group limit; null where none limits.")
    free: int = Field(description="What may still be taken before a limit is reached.")
    total: int = Field(description="Memory of the machine.")
    cgroup: Literal[1, 2] | None = Field(description="Version of the control group that holds memory.")


class DoctorCpu(Document):
    """CPUs."""

    quota: float | None = Field(description="CPU seconds per second that the control groups allow; null: no limit.")
    affinity: int = Field(description="CPUs the process may run on.")
    usable: int = Field(description="Threads worth starting.")


class DoctorGpu(Document):
    """One visible GPU."""

    name: str
    uuid: str
    memory: int = Field(description="Bytes.")


class DoctorTransport(Document):
    """How `BalancedLoader` will move pixels here."""

    engine: Literal["threads", "dali"] = Field(description='What `engine="auto"` chooses.')
    device: Literal["cpu", "gpu"]
    threads: str = Field(description="What the default path uses.")
    processes: Literal["memfd", "temporary-file"] = Field(description='Memory behind `workers="processes"`.')
    reason: str


class DoctorNote(Document):
    """One thing worth knowing."""

    name: str
    severity: Literal["warning", "info"]
    message: str
    hint: str = ""


class DoctorDocument(Document):
    """The machine as the loader and the trainers will find it."""

    schema_: Literal["datatool.doctor/1"] = Field(default="datatool.doctor/1", alias="schema")
    shared_memory: DoctorSharedMemory
    memory: DoctorMemory
    cpu: DoctorCpu
    gpus: list[DoctorGpu]
    driver: str | None
    container: bool = Field(description="Whether this looks like a container.")
    versions: dict[str, str | None] = Field(description="Distribution -> version; null where it is not installed.")
    transport: DoctorTransport
    docker_flags: list[str] = Field(description="Flags of `docker run` that would help here.")
    notes: list[DoctorNote]


class StoreRate(Document):
    """What some threads got from a store."""

    threads: int = Field(description="That asked at once.")
    gets_per_s: float
    bytes_per_s: float


class StoreDocument(Document):
    """What `datatool doctor --storage URL --json` prints of a store that answers."""

    schema_: Literal["datatool.store/1"] = Field(default="datatool.store/1", alias="schema")
    url: str
    objects: int = Field(description="That were asked for.")
    get_bytes: int = Field(description="Of one GET, median.")
    latency_s: float = Field(description="Of one GET alone, median.")
    rates: list[StoreRate]
    io_threads: int = Field(description="The fewest that come within a tenth of the best rate.")


class PlanCheckDocument(Document):
    """What `datatool doctor --plan PLAN --json` prints of a plan whose bytes are as written."""

    schema_: Literal["datatool.plan-check/1"] = Field(default="datatool.plan-check/1", alias="schema")
    plan: str = Field(description="The plan folder.")
    fingerprint: str
    rows: int
    unchecked: list[str] = Field(description="Files without a digest: the plan is of an earlier version.")
