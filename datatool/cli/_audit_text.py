"""What a person reads of an audit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import typer

from datatool.audit import drift_text
from datatool.rows import columns_text, names_shown
from datatool.schemas import AuditDocument, Finding, ListedFile, escaped, plural

_COLORS: Final = {"error": "red", "warning": "yellow", "info": "blue"}
_SHOWN: Final = 3  # examples per finding
_WIDTH: Final = 60  # characters of an example's text


def audit_text(
    document: AuditDocument, /, *, sorted_names: tuple[str, Mapping[int, str]] | None = None, compared: bool = False
) -> str:
    """The summary: class_num, ids and gaps first, then the findings, worst first.

    Args:
        document: An audit.
        sorted_names: Names whose sorted order gave the ids, to be stated, and what they were read from.
        compared: Whether known findings were left out.
    """
    lines = [_ids(document), *_rows(document), *_balance(document), *_images(document), *_confidences(document)]
    if sorted_names is not None:
        lines.append(f"Ids from the sorted {sorted_names[0]} names: {names_shown(sorted_names[1])}")
    if document.names is not None:
        lines.append(f"Class names from {escaped(document.names)}, found beside the list")
    if document.drift is not None:
        lines += ["Since the baseline:", *(f"  {drift_text(one)}" for one in document.drift)]
    lines += ["", verdict(document.findings, compared=compared)]
    for finding in document.findings:
        lines += ["", *finding_lines(finding)]
    return "\n".join(lines)


def echo(text: str, /) -> None:
    """Print, in colour on a terminal that wants it."""
    typer.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def _ids(document: AuditDocument) -> str:
    if document.max_id is None or document.min_id is None:
        return _bold("class_num 0: no usable row")
    start = "ids start at 0" if document.min_id == 0 else f"ids start at {document.min_id:,}, not 0"
    above = document.class_num - 1 - document.max_id  # classes that have a name or a folder only
    gaps = document.missing_id_count - document.min_id - above
    if gaps:
        runs = [
            (max(first, document.min_id), last)
            for first, last in document.missing_ranges
            if document.min_id <= last and first < document.max_id
        ]
        shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs[:5])
        hole = f"{gaps:,} missing up to {document.max_id:,} ({shown}{', ...' if len(runs) > 5 else ''})"
    else:
        hole = f"no gaps up to {document.max_id:,}"
    largest = "largest id + 1" if not above else f"classes without images go up to {document.class_num - 1:,}"
    return _bold(f"class_num {document.class_num:,} ({largest}): {start}, {hole}")


def _rows(document: AuditDocument) -> Iterator[str]:
    classes = f"{document.num_classes_present:,} class{'es' * (document.num_classes_present != 1)}"
    yield f"{plural(document.rows, 'row')} in {classes}"
    for file in document.files:
        yield f"  {file.split:5} {file.rows:>11,}  {escaped(file.path)}{_separated(file)}"


def _separated(file: ListedFile) -> str:
    said = [] if file.separator is None else [f"separator: {file.separator}"]
    said += [] if file.header is None else [f"header: '{escaped(file.header)}'"]
    said += [] if file.columns is None else [f"columns: {escaped(columns_text(file.columns))}"]
    return f"  ({'; '.join(said)})" if said else ""


def _balance(document: AuditDocument) -> Iterator[str]:
    if document.imbalance_ratio is not None:
        totals = sorted(sum(sources.values()) for sources in document.counts.values())
        yield (
            f"Imbalance {document.imbalance_ratio:,.1f} to 1: {plural(totals[-1], 'row')} in the largest class, "
            f"{totals[0]:,} in the smallest"
        )


def _images(document: AuditDocument) -> Iterator[str]:
    if document.images is None:
        return
    seen = document.images
    formats = ", ".join(f"{name} {files:,}" for name, files in seen.formats.items())
    rest = seen.files - seen.read
    kept = f", {rest:,} missing or unchanged since an earlier run" if rest else ""
    yield (
        f"Images {plural(seen.files, 'file')}, {seen.bytes / 2**20:,.1f} MiB ({formats or 'none readable'}); "
        f"{seen.read:,} read{kept}"
    )
    if seen.width is not None and seen.height is not None:
        yield (
            f"       width {seen.width.min:,} to {seen.width.max:,} (median {seen.width.median:,}), "
            f"height {seen.height.min:,} to {seen.height.max:,} (median {seen.height.median:,}) pixels"
        )


def _confidences(document: AuditDocument) -> Iterator[str]:
    """The highest scores that a model gave, by bin."""
    if document.confidences is None:
        return
    total = sum(document.confidences.values())
    shares = ", ".join(f"{100 * count / total:.1f} % {within}" for within, count in document.confidences.items())
    is_compared = any(one.what == "confidences" for one in document.drift or ())
    yield f"Confidences of {total:,} image{'s' * (total != 1)}: {shares or 'none could be read'}"
    if not is_compared:
        yield "       compared with nothing: give --baseline an audit that was made with --model too"


def verdict(findings: Sequence[Finding], *, compared: bool) -> str:
    if not findings:
        return typer.style("Nothing new." if compared else "Nothing to mend.", fg="green", bold=True)
    words = {"error": "error", "warning": "warning", "info": "note"}
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in words}
    said = [
        typer.style(f"{count} {words[severity]}{'s' * (count != 1)}", fg=_COLORS[severity], bold=True)
        for severity, count in counts.items()
        if count
    ]
    return ", ".join(said) + ", worst first:"


def finding_lines(finding: Finding) -> Iterator[str]:
    code = typer.style(finding.code, fg=_COLORS[finding.severity], bold=True)
    yield f"{code} {finding.name}: {escaped(finding.message)}"
    for example in finding.examples[:_SHOWN]:
        place = f"{escaped(example.file)}{'' if example.line is None else f':{example.line}'}"
        text = escaped(example.text)
        text = text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
        yield "     " + "  ".join(part for part in (place, text, f"<- {escaped(example.reason)}") if part)
    if finding.count > _SHOWN and len(finding.examples) > _SHOWN:
        yield f"     ... {finding.count:,} in all; --out DIR writes every one"
    if finding.hint:
        yield f"     fix: {escaped(finding.hint)}"


def _bold(text: str) -> str:
    return typer.style(text, bold=True)
