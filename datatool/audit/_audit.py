"""Rows to the audit document."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datatool.audit._baseline import only_new, read_baseline
from datatool.audit._census import Census, Images, Keeper
from datatool.audit._check import Check
from datatool.audit._classifier import classifier_cost
from datatool.audit._context import Context
from datatool.audit._drift import drift
from datatool.audit._options import DEFAULTS, AuditOptions
from datatool.audit._suspects import check_suspects
from datatool.audit._write import check_target, places, write_audit
from datatool.audit.checks import CHECKS
from datatool.rows import Rows
from datatool.schemas import REAL, SYNTHETIC, AuditDocument, Finding, sole_writer

SEVERITIES: Final = ("error", "warning", "info")
_MAX_MISSING: Final = 1_000  # one mistyped id of 2,000,000,000 must not exhaust memory


def audit(rows: Rows, /, *, options: AuditOptions = DEFAULTS, out: Path | None = None) -> AuditDocument:
    """Run every check over the rows.

    Args:
        rows: From `open_rows`.
        options: What the caller says about the model and the findings.
        out: A folder for audit.json and findings.parquet.

    Returns:
        What `audit.json` holds, findings worst first.

    Raises:
        ConfigError: If the baseline is no audit, or ``out`` holds something else.
    """
    return audit_rows(rows, options=options, out=out).document


def audit_rows(rows: Rows, /, *, options: AuditOptions = DEFAULTS, out: Path | None = None) -> Audited:
    """The same, with what the page and the places of findings are made from, while the rows are open."""
    baseline = None if options.baseline is None else read_baseline(options.baseline)
    with contextlib.nullcontext() if out is None else sole_writer(out):
        if options.suspects is not None:
            check_suspects(options.suspects)
        if out is not None:
            check_target(out)
        context = open_context(rows, options=options)
        if baseline is not None:
            context = dataclasses.replace(context, drift=drift(baseline, document(context, [])))
        made = document(context, run_checks(context, CHECKS.values()))
        if baseline is not None:
            made = only_new(made, baseline).model_copy(update={"drift": list(context.drift)})
        audited = Audited(context=context, document=made)
        if out is not None:
            audited.write(out)
    return audited


@dataclass(frozen=True, kw_only=True)
class Audited:
    """An audit whose rows are still open.

    Attributes:
        context: What the checks were given.
        document: What `audit.json` holds.
    """

    context: Context
    document: AuditDocument

    def page(self) -> str:
        """What `report.html` holds."""
        from datatool.audit._report import render_report  # jinja2, which most audits never need

        return render_report(self.context, self.document)

    def places(self) -> Any:
        """What `findings.parquet` holds, as an Arrow table: a row for each place of every finding."""
        return places(self.context, self.document.findings)

    def write(self, folder: Path, /) -> None:
        """Write audit.json, findings.parquet and report.html, whole or not at all; see `audit` for ``out``."""
        write_audit(self.context, self.document, folder, page=self.page())


def open_context(rows: Rows, /, *, options: AuditOptions = DEFAULTS, keeper: Keeper | None = None) -> Context:
    """What checks are given: one pass over the rows is made here, and images are read where they are wanted."""
    images = told_apart = None
    rows.group(options.grouping)
    if options.images:
        from datatool.audit.images import (  # decoders, which rows do not need
            image_statistics,
            open_engine,
            rows_with_files,
            scan,
        )

        engine = open_engine(options.engine)  # a wrong name is said before rows are read
        counts = scan(
            rows.read(),
            engine=engine,
            max_pixels=options.max_pixels,
            cache=options.image_cache,
        )
        images = image_statistics(rows.read(), counts)
        relation = rows_with_files(rows.read())
        told_apart = None if relation is None else Images(relation=relation, identity="image")
    census = Census.take(rows, images=told_apart, keeper=keeper)
    return Context(rows=rows, census=census, options=options, images=images, told_apart=told_apart)


def run_checks(context: Context, checks: Iterable[Check], /) -> list[Finding]:
    """Findings, worst first, without the ignored codes."""
    found = [check.run(context) for check in checks if check.code not in context.options.ignore]
    return sort_findings([one for one in found if one is not None])


def sort_findings(findings: list[Finding], /) -> list[Finding]:
    """Errors first, then by code; what explains others stands before them."""
    return sorted(
        findings,
        key=lambda one: (SEVERITIES.index(one.severity), not CHECKS[one.code].explains_others, one.code),
    )


def document(context: Context, findings: list[Finding], /) -> AuditDocument:
    """What `audit.json` holds: the counts, and the findings."""
    census = context.census
    return AuditDocument(
        rows=census.num_rows,
        files=list(context.rows.files),
        names=None if (found := context.rows.dataset.found_names) is None else str(found),
        class_num=census.class_num,
        min_id=census.ids[0] if census.ids else None,
        max_id=census.ids[-1] if census.ids else None,
        num_classes_present=len(census.ids),
        missing_id_count=census.missing_id_count,
        missing_ids=census.missing_ids(_MAX_MISSING),
        missing_ranges=census.missing_ranges(_MAX_MISSING),
        imbalance_ratio=census.imbalance_ratio,
        counts={label: {REAL: 0, SYNTHETIC: 0} | dict(sources) for label, sources in census.main.items()},
        fc=classifier_cost(census=census, feature_dim=context.options.feature_dim),
        images=context.images,
        confidences=None if context.options.confidences is None else dict(context.options.confidences),
        findings=findings,
    )
