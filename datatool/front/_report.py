"""Report: an audit, as an object, a table and a page."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from datatool.schemas import ConfigError, framed, nearest, plural, sole_writer, to_pandas

if TYPE_CHECKING:
    from datatool.audit import Audited
    from datatool.rows import Rows
    from datatool.schemas import AuditDocument, Finding

FAIL_ON: Final = ("error", "warning", "info", "never")
"""The mildest finding that makes an audit fail, mildest last."""


class Report:
    """What an audit found.

    The page and the table of places are made when they are asked for, from the data set as it was read.

    Attributes:
        document: What `audit.json` holds.
    """

    def __init__(self, audited: Audited, rows: Rows, /, *, opened: contextlib.ExitStack, keep: object = None) -> None:
        self.document: AuditDocument = audited.document
        self._audited = audited
        self._rows = rows
        self._opened = opened  # the rows' database and its folder, closed with this object
        self._keep = keep  # the temporary folder that rows lie in
        weakref.finalize(self, opened.close)

    @property
    def class_num(self) -> int:
        """1 + the largest id: how many outputs a model needs; 0 with no usable row."""
        return self.document.class_num

    @property
    def rows(self) -> int:
        """Usable rows over all splits."""
        return self.document.rows

    @property
    def findings(self) -> list[Finding]:
        """What was found, worst first: `code`, `name`, `severity`, `count`, `message`, `hint`, `examples`."""
        return self.document.findings

    @property
    def counts(self) -> dict[int, dict[str, int]]:
        """Class id -> source -> rows of train."""
        return self.document.counts

    @property
    def names(self) -> Mapping[int, str] | None:
        """Class names by id, where there are any."""
        return self._rows.names

    @property
    def sorted_names(self) -> tuple[str, Mapping[int, str]] | None:
        """What names were read from, and the names, where their sorted order alone gave the ids."""
        return None if self._rows.sorted_names is None else (self._rows.sorted_names, self._rows.names or {})

    def fails(self, fail_on: str = "error", /) -> bool:
        """Whether something was found that is as bad as ``fail_on``: error, warning, info, or never.

        Raises:
            ConfigError: If it is none of these.
        """
        return fails(self.findings, fail_on)

    def to_arrow(self) -> Any:
        """A `pyarrow.Table` with a row for each place: code, name, severity, file, line, text, reason."""
        return self._audited.places()

    def to_pandas(self) -> Any:
        """The same as a `pandas.DataFrame`.

        Raises:
            MissingDependencyError: If pandas is not installed.
        """
        return to_pandas(self.to_arrow())

    def to_json(self) -> str:
        """What `audit.json` holds, as text."""
        return self.document.to_json()

    def save(self, folder: str | os.PathLike[str], /) -> Path:
        """Write audit.json, findings.parquet and report.html; an earlier audit there is replaced.

        Raises:
            ConfigError: If the folder holds something else.
        """
        folder = Path(folder)
        with sole_writer(folder):
            self._audited.write(folder)
        return folder

    def close(self) -> None:
        """Let go of the rows: the page and the places can be had no more, the document can."""
        self._opened.close()

    def __repr__(self) -> str:
        found = [f"{finding.severity} {finding.code} {finding.name}: {finding.count:,}" for finding in self.findings]
        shown = "; ".join(found[:_MOST_SHOWN]) or "no findings"
        more = f"; and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
        return f"<Report: {plural(self.rows, 'row')}, class_num {self.class_num:,}; {shown}{more}>"

    def _repr_html_(self) -> str:
        return framed(self._audited.page(), title="Audit")


def fails(findings: Sequence[Finding], fail_on: str, /) -> bool:
    """Whether one of some findings is as bad as ``fail_on``; see `Report.fails`."""
    if fail_on not in FAIL_ON:
        near = nearest(fail_on, FAIL_ON)
        raise ConfigError(
            f"fail_on must be {', '.join(FAIL_ON)}; got '{fail_on}'", hint=near and f"did you mean '{near}'?"
        )
    failing = FAIL_ON[: FAIL_ON.index(fail_on) + 1] if fail_on != "never" else ()
    return any(finding.severity in failing for finding in findings)


_MOST_SHOWN: Final = 5  # findings in a line
