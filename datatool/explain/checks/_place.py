"""Where the run stood, and what its log named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from datatool.schemas import AuditDocument, whole_number


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look found; ``verdict`` is None where it cannot tell."""

    verdict: Literal["confirmed", "ruled-out"] | None
    found: str


@dataclass(frozen=True)
class Place:
    """A run and its data, as far as the log names them.

    Attributes:
        folder: The working directory of the run; paths of the log are relative to it.
        named: LIST, ROOT, VAL, CLASS_NUM and WEIGHTS, those that are known.
        groups: The named groups of the line that a rule matched.
    """

    folder: Path
    named: Mapping[str, str]
    groups: Mapping[str, str]

    def path(self, text: str, /) -> Path:
        """A path of the log."""
        return self.folder / text

    @property
    def class_num(self) -> int | None:
        """What the model was built for."""
        text = self.groups.get("class_num") or self.named.get("CLASS_NUM") or ""
        return whole_number(text) or None

    @cached_property
    def audited(self) -> AuditDocument:
        """The list, audited without its images."""
        return self._audit(images=False)

    @cached_property
    def audited_with_images(self) -> AuditDocument:
        """The list, audited with its images."""
        return self._audit(images=True)

    def _audit(self, *, images: bool) -> AuditDocument:
        from datatool.audit import AuditOptions, audit
        from datatool.rows import open_rows, resolve

        root, val = self.named.get("ROOT"), self.named.get("VAL")
        splits = {} if val is None or not self.path(val).exists() else {"val": str(self.path(val))}
        data = resolve(
            str(self.path(self.named["LIST"])), splits=splits, root=None if root is None else self.path(root)
        )
        with open_rows(data) as rows:
            return audit(rows, options=AuditOptions(class_num=self.class_num, images=images, allow_outside_root=True))
