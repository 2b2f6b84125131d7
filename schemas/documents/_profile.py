"""`datatool profile --json`: what models cost, and how good the trained ones are."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document


class Latency(Document):
    """Milliseconds of one batch, after warm-up."""

    median: float
    min: float
    max: float
    runs: int


class ModelProfile(Document):
    """One model."""

    name: str
    class_num: int
    image_size: int
    params: int = Field(description="Trained numbers; running statistics are not.")
    macs: int = Field(description="Multiply-accumulates of one image in convolutions and linear layers.")
    flops: int = Field(description="2 x MACs.")
    activation_bytes_training: int = Field(description="float32 outputs of all layers, for one image.")
    activation_bytes_inference: int = Field(description="Largest input plus output of one layer, for one image.")
    head_params: int = Field(description="Of the last linear layer, at this class_num.")
    eager: Latency
    compiled: Latency | None = Field(description="Null where the model cannot be compiled.")
    balanced_accuracy: float | None = Field(description="Of a run; null for a bare backbone.")
    top1: float | None


class ProfileDocument(Document):
    """Several models, measured in turn in one process."""

    schema_: Literal["datatool.profile/1"] = Field(default="datatool.profile/1", alias="schema")
    rule: str = Field(description="How MACs and FLOPs are counted.")
    batch: int
    threads: int
    models: list[ModelProfile]
    chosen: str | None = Field(default=None, description="The best under the limits given; null without limits.")
