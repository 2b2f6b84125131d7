"""`prepare.json`: how a folder of shrunk copies was made, and what it saves."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class PrepareDocument(Document):
    """What `datatool prepare` did; written at the start as incomplete, and again at the end."""

    schema_: Literal["datatool.prepare/1"] = Field(default="datatool.prepare/1", alias="schema")
    short_side: int = Field(description="Pixels; shorter originals are copied byte for byte.")
    quality: int = Field(description="JPEG quality of what was encoded again.")
    complete: bool
    files: int = Field(default=0, description="Different images in the data set.")
    shrunk: int = Field(default=0, description="Encoded again.")
    copied: int = Field(default=0, description="Small enough already: copied as they are.")
    kept: int = Field(default=0, description="Found finished from an earlier run.")
    rejected: int = Field(default=0, description="Unreadable: named in rejected.tsv and left out of the lists.")
    rows: int = Field(default=0, description="Rows of the new lists.")
    bytes_before: int = 0
    bytes_after: int = 0
    decode_ms_before: float | None = Field(
        default=None, description="CPU milliseconds to decode one original of a sample as the loader would."
    )
    decode_ms_after: float | None = Field(default=None, description="The same for its copy.")
