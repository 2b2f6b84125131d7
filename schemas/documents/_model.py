"""`model.meta.json`: everything beside the weights that using an exported model takes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document
from datatool.schemas.documents._calibration import Calibration
from datatool.schemas.documents._run import Transform


class Verified(Document):
    """How the exported model did beside the eager one before it was handed over."""

    images: int = Field(description="Real images that both were run on.")
    same_top1: int = Field(description="Of those, images with the same first class.")
    max_abs_diff: float = Field(description="Largest difference of a logit.")
    excluded_rate: float = Field(
        default=1.0,
        description="Share of images with another first class that the above excludes with a confidence of 95 %, for "
        "images like these: with none it is about 3 / images (Clopper and Pearson).",
    )


class ModelMeta(Document):
    """What `datatool export` writes beside a model, and `datatool predict` reads."""

    schema_: Literal["datatool.model/1"] = Field(default="datatool.model/1", alias="schema")
    class_num: int
    names: list[str] = Field(description="Class names, id = place.")
    transform: Transform
    prior: dict[int, float] = Field(
        description="class -> share that the logits carry: of the last epoch, as weights and adjustment leave it."
    )
    weights: str = Field(description="BLAKE2b of the checkpoint's model.safetensors, hexadecimal.")
    verified: Verified
    calibration: Calibration | None = Field(
        default=None, description="Of datatool calibrate, for these weights; left out where there is none."
    )

    def to_json(self, *, indent: int | None = 2) -> str:
        """The document as JSON text with a final newline; `calibration` stands only where there is one."""
        without = {"calibration"} if self.calibration is None else None
        return self.model_dump_json(indent=indent, exclude=without) + "\n"
