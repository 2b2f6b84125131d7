"""`audit.json`: what `datatool audit` found."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datatool.schemas.documents._base import Document

Severity = Literal["error", "warning", "info"]


class Example(Document):
    """One place where a finding was made."""

    file: str = ""
    line: int | None = Field(default=None, description="1-based; null where the finding is not about a line.")
    text: str = ""
    reason: str = ""


class Finding(Document):
    """One code, counted exactly, with a capped list of examples."""

    code: str
    name: str
    severity: Severity
    count: int
    message: str
    hint: str = ""
    examples: list[Example] = []


class ClassifierCost(Document):
    """The final fully connected layer at this class_num, in float32."""

    feature_dim: int
    params: int = Field(description="(feature_dim + 1) x class_num")
    bytes: int = Field(description="4 x params")
    wasted_params: int = Field(description="(feature_dim + 1) x missing ids")
    bottleneck_break_even: int = Field(description="Bottleneck widths below this one save parameters.")


class ListedFile(Document):
    """One input as it was read."""

    path: str
    split: str
    rows: int
    separator: str | None = Field(
        default=None, description="What separates path and label; null where there is no text."
    )
    header: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="The first line of a list where it is a header, which is no row.",
    )
    columns: dict[str, str] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Of a table: path, label, source or split -> the name of its column.",
    )


class SizeSpread(Document):
    """Smallest, middle and largest of a measure over the images that were read."""

    min: int
    median: int
    max: int


class ImageStatistics(Document):
    """What reading the images showed (`--images`)."""

    files: int = Field(description="Distinct files listed.")
    read: int = Field(description="Of those, files that had to be read: not known from an earlier run.")
    bytes: int = Field(description="Their size together.")
    formats: dict[str, int]
    modes: dict[str, int] = Field(description="As Pillow names them.")
    width: SizeSpread | None = Field(description="Pixels, as stored; null where no file has a size.")
    height: SizeSpread | None
    file_bytes: SizeSpread | None
    short_sides: dict[str, int] = Field(
        default={}, description="Shorter side in pixels, in bins of a quarter of an octave -> files."
    )


class DriftComparison(Document):
    """Something that is no finding, here and in the baseline."""

    what: str = Field(description="class shares, sources, formats, sizes or confidences.")
    unit: str = Field(description="What is counted: rows or images.")
    then: int = Field(description="How many the baseline has.")
    now: int
    distance: float = Field(description="Total variation: half the sum of all differences of shares.")
    p: float = Field(description="How often samples of one distribution differ at least as much.")
    detectable: float = Field(description="Total variation from which on samples of these sizes show any change.")
    needed: int | None = Field(
        description="How many now would show a change of the size seen; null where none would, too few were before."
    )
    changed: bool = Field(description="Whether I901 names it.")
    most: dict[str, tuple[float, float]] = Field(description="Categories that changed most -> shares then and now.")


class AuditDocument(Document):
    """The one document of an audit."""

    schema_: Literal["datatool.audit/1"] = Field(default="datatool.audit/1", alias="schema")
    rows: int = Field(description="Usable rows over all splits.")
    files: list[ListedFile]
    names: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="The file that class names come from, where it was found beside a list.",
    )
    class_num: int = Field(
        description="max id + 1 over all splits, class folders and given names; 0 with no usable row."
    )
    min_id: int | None
    max_id: int | None
    num_classes_present: int
    missing_id_count: int
    missing_ids: list[int] = Field(description="Ids below class_num without a row; the first 1,000.")
    missing_ranges: list[tuple[int, int]] = Field(description="The first 1,000, both ends included.")
    imbalance_ratio: float | None = Field(description="Largest over smallest class of train, classes with rows only.")
    counts: dict[int, dict[str, int]] = Field(description="class id -> source -> rows of train.")
    fc: ClassifierCost
    images: ImageStatistics | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Only with `--images`."
    )
    confidences: dict[str, int] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Only with `--model`: its highest score, in ten bins -> images of train.",
    )
    drift: list[DriftComparison] | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Only with `--baseline`."
    )
    findings: list[Finding]
