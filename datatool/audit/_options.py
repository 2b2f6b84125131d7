"""What a caller may say about an audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from datatool.rows import NO_GROUPS, Grouping
from datatool.schemas import MAX_PIXELS, ConfigError


@dataclass(frozen=True, kw_only=True)
class AuditOptions:
    """Settings of an audit.

    Attributes:
        class_num: What the model was built for; None leaves E203 and I204 out.
        feature_dim: Width of the features before the final layer; 2048 is a ResNet-50's.
        allow_outside_root: Accept absolute paths and `..`.
        ignore: Codes that are not reported.
        baseline: An earlier audit.json; only what is new since then is reported.
        images: Read the images too: E4xx and W4xx, and leaks and conflicts by content.
        max_pixels: Images with more are E405; the default is Pillow's own limit.
        engine: `threads`, or `ray[:ADDRESS]`; None is threads.
        image_cache: Measurements of earlier runs; "auto" is a file per set of roots in the user's cache folder.
        confidences: Highest scores of a model on the images of train, by bin; None where no model was asked.
        grouping: What rows belong together (E506).
        max_examples: Examples per finding; counts stay exact.
        suspects: A folder that `datatool suspects` wrote; I801 to I804 are reported from it.
    """

    class_num: int | None = None
    feature_dim: int = 2048
    allow_outside_root: bool = False
    ignore: frozenset[str] = frozenset()
    baseline: Path | None = None
    images: bool = False
    max_pixels: int = MAX_PIXELS
    engine: str | None = None
    image_cache: Path | Literal["auto"] | None = "auto"
    confidences: Mapping[str, int] | None = None
    grouping: Grouping = NO_GROUPS
    max_examples: int = 10
    suspects: Path | None = None

    def __post_init__(self) -> None:
        if self.ignore:
            from datatool.audit.checks import check_named  # checks are given these options, so they import this module

            for code in sorted(self.ignore):
                check_named(code, option="--ignore")
        for name, value in (
            ("class_num", self.class_num),
            ("feature_dim", self.feature_dim),
            ("max_pixels", self.max_pixels),
        ):
            if value is not None and value < 1:
                raise ConfigError(f"--{name.replace('_', '-')} must be at least 1; got {value}")


DEFAULTS: Final = AuditOptions()
