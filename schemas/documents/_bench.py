"""What `datatool bench --json` prints."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class BenchFiles(Document):
    """A sample of the plan's files, read and decoded by one thread."""

    sampled: int
    unreadable: int
    mean_bytes: float
    mean_megapixels: float
    median_short_side: int = Field(description="Pixels.")
    formats: dict[str, int]
    first_read_ms: float = Field(description="Per file, when first touched: the disk's time unless it was cached.")
    read_ms: float = Field(description="Per file, from the page cache.")
    decode_ms: float = Field(description="Per file, in full.")


class BenchStorage(Document):
    """What was asked of object stores, and what an epoch would ask by it."""

    gets: int
    bytes: int = Field(description="Of their answers.")
    cache_hits: int = Field(description="Images that the byte cache gave.")
    most_in_flight: int = Field(description="Bytes asked for and not yet decoded, at most at once.")
    gets_per_draw: float
    epoch_gets: int = Field(description="At that rate, of all ranks together; from a cache that fills it falls.")
    epoch_price: float | None = Field(description="Of these, at the price that was given for a million.")


class BenchEngine(Document):
    """One engine over the plan's first epoch, for the time given."""

    name: str
    device: str
    num_threads: int
    images: int
    first_batch_seconds: float
    images_per_second: float
    images_per_cpu_second: float
    stages: dict[str, float] = Field(description="Stage -> seconds, summed over workers.")
    wait_seconds: float = Field(description="The consumer waited for the loader.")
    handover_seconds: float = Field(description="From the engine's bytes to the framework's tensors.")
    consumer_seconds: float = Field(description="The consumer's own work.")
    cache_hit_rate: float
    repeat_rate: float = Field(description="Draws of a row seen before in this run: no cache could hit more.")
    repaired: int
    unusable: int
    storage: BenchStorage | None = Field(default=None, description="Null where all images lie on this machine.")


class BenchAdvice(Document):
    """One thing to change, the numbers that say so, and how."""

    name: str
    severity: Literal["warning", "info"]
    message: str
    hint: str = ""


class BenchDocument(Document):
    """Where the loader's time goes on this machine with this plan."""

    schema_: Literal["datatool.bench/1"] = Field(default="datatool.bench/1", alias="schema")
    plan: str
    batch_size: int
    image_size: int
    augment: str
    step_ms: float = Field(description="Milliseconds a batch that the consumer was made to take.")
    files: BenchFiles
    engines: list[BenchEngine]
    left_out: dict[str, str] = Field(description="Engine -> why it was not tried.")
    advice: list[BenchAdvice]
