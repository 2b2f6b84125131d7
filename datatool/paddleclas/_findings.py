"""What an audit of a YAML finds beyond what the audit of its lists does: one entry for each code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from datatool.schemas import ClasFinding, Example, Severity

_SEVERITY: Final[dict[str, Severity]] = {"E": "error", "W": "warning", "I": "info"}


@dataclass(frozen=True, kw_only=True)
class ClasCode:
    """A finding code about a YAML.

    Attributes:
        code: Stable; the first letter is the severity.
        name: Stable too, in words.
        when: The condition in a few words.
        text: What it means, in whole sentences.
        fix: What to do about it.
    """

    code: str
    name: str
    when: str
    text: str
    fix: str

    @property
    def severity(self) -> Severity:
        """What the first letter of the code stands for."""
        return _SEVERITY[self.code[0]]

    def found(
        self, message: str, /, *, keys: Sequence[str], count: int = 1, hint: str = "", examples: Sequence[Example] = ()
    ) -> ClasFinding:
        """A finding under this code."""
        return ClasFinding(
            code=self.code,
            name=self.name,
            severity=self.severity,
            count=count,
            message=message,
            hint=hint,
            examples=list(examples),
            keys=list(keys),
        )


PLACE_MISSING: Final = ClasCode(
    code="E951",
    name="place-missing",
    when="a list or an image root is not there: PaddleClas stops at it",
    text="PaddleClas opens lists and roots relative to the folder that it runs in, and stops with an AssertionError.",
    fix="run it where those places are, or correct the key; tell datatool with --cwd where PaddleClas runs.",
)
RELABEL_DIFFERS: Final = ClasCode(
    code="E952",
    name="relabel-differs",
    when="relabel gives one id two classes, in Train and in Eval",
    text=(
        "With relabel each list is numbered by itself, in the order of a set. Where the lists have other ids, or "
        "another order, one id is one class in training and another in evaluation, and nothing says so."
    ),
    fix="number the ids once for all lists with datatool relabel, and set relabel to False.",
)
NO_FULL_BATCH: Final = ClasCode(
    code="E953",
    name="no-full-batch",
    when="fewer rows than a batch, with drop_last: PaddleClas trains nothing, exit 0",
    text="With drop_last a batch that is not whole is left out. Where there is no whole one, an epoch has no step.",
    fix="take a smaller sampler.batch_size.",
)
NAMES_LOST: Final = ClasCode(
    code="W954",
    name="names-lost",
    when="class_id_map_file is not read, or is of another data set",
    text=(
        "PaddleClas goes on without names where the file is missing or a line does not begin with an id. A file with "
        "more names than the lists need classes is mostly that of ImageNet, left over from a shipped YAML."
    ),
    fix="give a file with one `id name` line for each class of these lists.",
)
CLASS_NUM_BY_DEFAULT: Final = ClasCode(
    code="I955",
    name="class-num-by-default",
    when="no key says class_num, or one that says it has no effect",
    text=(
        "PaddleClas takes 1000 where Arch says no class_num. Global.class_num counts only where Arch has none. The "
        "widths of a teacher and its student must agree."
    ),
    fix="set Arch.class_num, or Arch.Head.class_num, to what the lists need.",
)
NOT_AUDITED: Final = ClasCode(
    code="I956",
    name="not-audited",
    when="a data set that is no list of path and label",
    text="Multi-label, Cifar, retrieval and face sets have other forms, which datatool does not read as classes.",
    fix="nothing: it is said so that silence is not taken for soundness.",
)
KEY_CREATED: Final = ClasCode(
    code="W957",
    name="key-created",
    when="an override names a key that the YAML does not have",
    text="PaddleClas makes a key that is not there, with a line in its log, and goes on: a mistyped one has no effect.",
    fix="compare its spelling with the YAML.",
)

CODES: Final = {
    one.code: one
    for one in (
        PLACE_MISSING,
        RELABEL_DIFFERS,
        NO_FULL_BATCH,
        NAMES_LOST,
        CLASS_NUM_BY_DEFAULT,
        NOT_AUDITED,
        KEY_CREATED,
    )
}
"""Every code by name; docs/paddleclas.md has the table."""
