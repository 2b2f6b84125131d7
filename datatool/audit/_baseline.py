"""Only what is new since an earlier audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from datatool.schemas import AuditDocument, ConfigError, Finding

COMPARED: Final = "I901"  # compares with the baseline itself, so it is new each time


def read_baseline(path: Path, /) -> AuditDocument:
    """An earlier `audit.json`, or the folder that holds it.

    Raises:
        ConfigError: If it cannot be read as an audit document.
    """
    file = path / "audit.json" if path.is_dir() else path
    try:
        return AuditDocument.parse(json.loads(file.read_text("utf-8")), file=file)
    except OSError as error:
        raise ConfigError(f"--baseline must be a readable audit.json; got '{error.strerror}'", file=file) from None
    except ValueError as error:
        raise ConfigError(f"--baseline must be an audit document; got '{error}'", file=file) from None


def only_new(document: AuditDocument, baseline: AuditDocument, /) -> AuditDocument:
    """The document with the findings that the baseline has not.

    A finding is new if its code is, or if there are more of it, or if the baseline names all of its places and a new
    place is not among them. Places are compared by file and text, so lines that moved are not new.
    """
    old = {finding.code: finding for finding in baseline.findings}
    kept = [new for finding in document.findings if (new := _new_part(finding, old.get(finding.code))) is not None]
    return document.model_copy(update={"findings": kept})


def _new_part(finding: Finding, old: Finding | None) -> Finding | None:
    if old is None or finding.code == COMPARED:
        return finding
    known = {(example.file, example.text) for example in old.examples}
    fresh = [example for example in finding.examples if (example.file, example.text) not in known]
    if finding.count > old.count:
        added = finding.count - old.count
        return finding.model_copy(
            update={"message": f"{finding.message} ({added:,} more than in the baseline)", "examples": fresh}
        )
    if fresh and old.count == len(old.examples):
        return finding.model_copy(update={"message": f"{finding.message} (some at new places)", "examples": fresh})
    return None
