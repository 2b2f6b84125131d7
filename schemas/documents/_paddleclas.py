"""`paddleclas audit`, `paddleclas balance` and `paddleclas check`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._balance import BalanceDocument
from datatool.schemas.documents._base import Document
from datatool.schemas.documents._findings import Finding


class ClasFinding(Finding):
    """A finding about a YAML or one of its lists."""

    keys: list[str] = Field(description="Keys of the YAML that it is about.")


class ClasList(Document):
    """A list of a YAML."""

    key: str = Field(description="Key of its path.")
    dataset: str = Field(description="What reads it in PaddleClas.")
    path: str = Field(description="As seen from where datatool runs.")
    root: str = Field(description="As the YAML has it.")
    delimiter: str | None = Field(description="null: any run of blanks.")
    relabel: bool
    rows: int = Field(description="Lines that PaddleClas reads and a model can be trained on.")
    classes: int
    class_num: int = Field(description="Outputs that its rows need, after relabel; 0 without rows.")
    counts_for_model: bool = Field(description="Whether its ids are those of the model's outputs.")


class ClasNotAudited(Document):
    """A data set that is no list of path and label."""

    key: str
    dataset: str
    reason: str


class PaddleClasAudit(Document):
    """What `datatool paddleclas audit` found."""

    schema_: Literal["datatool.paddleclas-audit/1"] = Field(default="datatool.paddleclas-audit/1", alias="schema")
    yaml: str
    cwd: str = Field(description="What paths of the YAML are relative to.")
    form: Literal["sections", "six-section"]
    class_num: int | None = Field(description="Of the model; null where it has no classifier.")
    class_num_key: str | None = Field(description="The key that says so; null where it is PaddleClas's default.")
    class_num_needed: int = Field(description="Outputs that the lists of Train and Eval need; 0 without rows.")
    lists: list[ClasList]
    not_audited: list[ClasNotAudited]
    findings: list[ClasFinding]


class PaddleClasBalance(Document):
    """What `datatool paddleclas balance` wrote."""

    schema_: Literal["datatool.paddleclas-balance/1"] = Field(default="datatool.paddleclas-balance/1", alias="schema")
    out: str
    list: str | None = Field(description="The balanced list; null with `--sampler`.")
    lines: int | None = Field(description="Draws in it.")
    epochs: int | None = Field(description="Epochs in it.")
    unseen: int = Field(description="Rows that PaddleClas never sees, however long it trains.")
    overrides: tuple[str, ...] = Field(description='As in `overrides.txt`, one `-o "KEY=VALUE"` each.')
    command: str = Field(description="A line that trains.")
    balance: BalanceDocument


class PaddleClasCheck(Document):
    """What `datatool paddleclas check` found."""

    schema_: Literal["datatool.paddleclas-check/1"] = Field(default="datatool.paddleclas-check/1", alias="schema")
    yaml: str
    weights: str
    arch: str = Field(description="The architecture that the YAML names; of a distillation the student's.")
    built_as: str = Field(description="The backbone that was compared with.")
    matched: int = Field(description="Tensors of the backbone that PaddleClas would load.")
    missing: list[str] = Field(description="Tensors of the backbone that the file has not, by PaddleClas's names.")
    unexpected: list[str] = Field(description="Names of the file that the model has not.")
    reshaped: list[str] = Field(description="`name: file shape -> model shape` of the backbone.")
    head: str = Field(description="What becomes of the classifier.")
    class_num: int = Field(description="Of the model.")
    class_num_in_file: int | None = Field(description="Of the file's classifier; null where it has none.")
    notes: list[str]
    problem: str | None = Field(description="What PaddleClas would do wrong; null where it would load the backbone.")
    fits_after_translation: bool = Field(description="With a problem: whether datatool loads the file all the same.")
