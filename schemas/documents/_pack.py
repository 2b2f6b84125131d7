"""`pack.json`, how shards were made; and what `index` says."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class PackDocument(Document):
    """What `datatool pack` did; written at the start as incomplete, and again at the end."""

    schema_: Literal["datatool.pack/1"] = Field(default="datatool.pack/1", alias="schema")
    shard_bytes: int = Field(description="A shard is closed once it has so many.")
    short_side: int | None = Field(description="Pixels of larger originals; null: every byte is the original's.")
    quality: int | None = Field(description="JPEG quality of what was encoded again; null with no short side.")
    seed: int = Field(description="Of the order of images in shards.")
    rows_digest: str = Field(description="BLAKE2b of the rows that were packed, hexadecimal.")
    complete: bool
    shards: int = 0
    images: int = Field(default=0, description="Packed, each once for each of its labels.")
    kept: int = Field(default=0, description="Of these, in shards that an earlier run had finished.")
    rejected: int = Field(default=0, description="Unreadable: named in rejected.tsv and left out.")
    rows: int = Field(default=0, description="Rows of the lists.")
    left_out: int = Field(default=0, description="Rows in rejected.tsv.")
    bytes: int = Field(default=0, description="Of all shards.")


class IndexedContainer(Document):
    """One container."""

    path: str
    format: str = Field(description="tar, zip or pack.")
    members: int
    bytes: int = Field(description="Of the members.")
    kept: bool = Field(default=False, description="Whether an earlier run had kept its table.")
    notes: dict[str, int] = Field(description="What was left out or merged -> how often.")


class IndexDocument(Document):
    """What `datatool index` found."""

    schema_: Literal["datatool.index/1"] = Field(default="datatool.index/1", alias="schema")
    containers: list[IndexedContainer]
    members: int
    bytes: int
    folder: str = Field(default="", description="Where the tables are kept.")
    kept: int = Field(default=0, description="Tables that an earlier run had kept.")
