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
    """

    code: str
    name: str
    when: str

    def found(
        self, message: str, /, *, keys: Sequence[str], count: int = 1, hint: str = "", examples: Sequence[Example] = ()
    ) -> ClasFinding:
        """A finding under this code."""
        return ClasFinding(
            code=self.code,
            name=self.name,
            severity=_SEVERITY[self.code[0]],
            count=count,
            message=message,
            hint=hint,
            examples=list(examples),
            keys=list(keys),
        )


PLACE_MISSING: Final = ClasCode(
    code="E951", name="place-missing", when="a list or an image root is not there: PaddleClas stops at it"
)
RELABEL_DIFFERS: Final = ClasCode(
    code="E952", name="relabel-differs", when="relabel gives one id two classes, in Train and in Eval"
)
NO_FULL_BATCH: Final = ClasCode(
    code="E953", name="no-full-batch", when="fewer rows than a batch, with drop_last: PaddleClas trains nothing, exit 0"
)
NAMES_LOST: Final = ClasCode(
    code="W954", name="names-lost", when="class_id_map_file is not read, or is of another data set"
)
CLASS_NUM_BY_DEFAULT: Final = ClasCode(
    code="I955", name="class-num-by-default", when="no key says class_num, or one that says it has no effect"
)
NOT_AUDITED: Final = ClasCode(code="I956", name="not-audited", when="a data set that is no list of path and label")
KEY_CREATED: Final = ClasCode(
    code="W957", name="key-created", when="an override names a key that the YAML does not have"
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
