"""`model.meta.json`: everything beside the weights that using an exported model takes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas._base import Document
from datatool.schemas._run import Transform


class Verified(Document):
    """How the exported model did beside the eager one before it was handed over."""

    images: int = Field(description="Real images that both were run on.")
    same_top1: int = Field(description="Of those, images with the same first class.")
    max_abs_diff: float = Field(description="Largest difference of a logit.")


class ModelMeta(Document):
    """What `datatool export` writes beside a model, and `datatool predict` reads."""

    schema_: Literal["datatool.model/1"] = Field(default="datatool.model/1", alias="schema")
    class_num: int
    names: list[str] = Field(description="Class names, id = place.")
    transform: Transform
    prior: dict[int, float] = Field(description="class -> share of the last epoch it was trained on.")
    logit_prior: dict[int, float] = Field(
        default={}, description="class -> share that the logits carry after weights and adjustment; empty is prior."
    )
    weights: str = Field(description="BLAKE2b of the checkpoint's model.safetensors, hexadecimal.")
    verified: Verified
    files: dict[str, str] = Field(
        default_factory=dict, description="File -> BLAKE2b, hexadecimal; empty in exports older than this key."
    )
