"""An audit for continuous integration: annotations of GitHub, and SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from datatool.schemas import AuditDocument, Example, Finding

# https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
SARIF_VERSION: Final = "2.1.0"
_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVELS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def github_lines(document: AuditDocument, /) -> Iterator[str]:
    """Workflow commands that GitHub shows beside the lines they name, one for each example of each finding."""
    for finding in document.findings:
        for file, line, said in _places(document, finding):
            place = f"file={_property(file)},line={line},title={_property(f'{finding.code} {finding.name}')}"
            yield f"::{_GITHUB_LEVELS[finding.severity]} {place}::{_data(said)}"


def sarif(document: AuditDocument, /) -> dict[str, Any]:
    """One run with a rule for each code that was found, and a result for each example."""
    from datatool import __version__

    driver = {"name": "datatool", "version": __version__, "rules": [_rule(finding) for finding in document.findings]}
    results = [
        result for number, finding in enumerate(document.findings) for result in _results(document, finding, number)
    ]
    return {
        "$schema": _SARIF_SCHEMA,
        "version": SARIF_VERSION,
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _places(document: AuditDocument, finding: Finding) -> Iterator[tuple[str, int, str]]:
    """File, line and what is said there; a finding that names no line stands at the top of the first list."""
    if not finding.examples:
        yield document.files[0].path if document.files else ".", 1, _said(finding)
    for example in finding.examples:
        yield example.file, max(1, example.line or 1), _said(finding, example)


def _said(finding: Finding, example: Example | None = None) -> str:
    hint = f" Fix: {finding.hint}" if finding.hint else ""
    reason = f"{example.reason} ({finding.message})" if example is not None and example.reason else finding.message
    return f"{reason}.{hint}"


def _rule(finding: Finding) -> dict[str, Any]:
    from datatool.audit import CHECKS

    check = CHECKS[finding.code]
    return {
        "id": finding.code,
        "name": finding.name,
        "shortDescription": {"text": check.when},
        "fullDescription": {"text": check.text},
        "help": {"text": check.fix, "markdown": check.fix},
        "defaultConfiguration": {"level": _SARIF_LEVELS[finding.severity]},
    }


def _results(document: AuditDocument, finding: Finding, number: int) -> Iterator[dict[str, Any]]:
    for file, line, said in _places(document, finding):
        where = {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": line}}
        yield {
            "ruleId": finding.code,
            "ruleIndex": number,
            "level": _SARIF_LEVELS[finding.severity],
            "message": {"text": said},
            "locations": [{"physicalLocation": where}],
        }


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
