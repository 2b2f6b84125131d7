"""The catalogue of finding codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning", "info"]
_SEVERITY: Final[dict[str, Severity]] = {"E": "error", "W": "warning", "I": "info"}


@dataclass(frozen=True, kw_only=True)
class Code:
    """A stable finding code; its first letter is its severity."""

    code: str
    name: str
    when: str

    @property
    def severity(self) -> Severity:
        return _SEVERITY[self.code[0]]


_TABLE: Final = [
    ("E101", "malformed-line", "no label, or no path"),
    ("E102", "label-not-integer", "the label is not -?[0-9]+"),
    ("E103", "label-negative", "the label is below 0"),
    ("E104", "label-too-large", "the label is above 2^31-1"),
    ("E105", "empty-list", "no usable row"),
    ("E106", "not-utf8", "the line is not UTF-8"),
    ("E107", "labels-are-names", "most labels are words"),
    ("E108", "path-outside-root", "the path is absolute or climbs out with `..`"),
    ("I109", "untidy", "BOM, CRLF, blank lines, trailing blanks or mixed separators"),
    ("W110", "extra-column", "more tokens between an image extension and the label"),
    ("W201", "ids-start-above-zero", "the smallest class id is not 0"),
    ("W202", "ids-have-gaps", "ids between 0 and the largest have no row"),
    ("E203", "class-num-too-small", "--class-num is not above the largest id"),
    ("I204", "class-num-larger", "--class-num is larger than needed, which is legal"),
    ("W205", "large-classifier", "the final layer passes 100 MiB"),
    ("E301", "conflicting-label", "one path has two labels"),
    ("W302", "duplicate-row", "one path is listed again in its split"),
    ("E401", "missing-file", "the file does not exist"),
    ("E402", "unreadable-image", "the image does not decode"),
    ("W403", "damaged-image", "the image decodes only leniently"),
    ("W404", "wrong-extension", "the content is another format"),
    ("E405", "image-too-large", "the header has more pixels than --max-pixels"),
    ("E501", "leak", "the same path or bytes stand in two splits"),
    ("W502", "leak-pixels", "the same pixels stand in two splits"),
    ("W503", "near-duplicate", "perceptual hashes within 3 bits stand in two splits"),
    ("E504", "content-conflict", "the same content has two labels"),
    ("E505", "class-without-train", "a class of val or test has no train row"),
    ("W601", "swollen-by-synthetic", "a class is 3x the median and synthetic is 3x its real rows"),
    ("I602", "all-synthetic-class", "a class is all synthetic while others are not"),
    ("W603", "all-synthetic-unverifiable", "an all-synthetic class has no real image in val"),
    ("E604", "synthetic-in-eval", "synthetic rows stand in val or test"),
    ("W701", "imbalance", "the largest class has more than 10x the smallest"),
    ("I702", "tail-classes", "classes have under 20 images"),
]

CODES: Final = {code: Code(code=code, name=name, when=when) for code, name, when in _TABLE}
