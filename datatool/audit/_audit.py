"""Rows to the audit document."""

from __future__ import annotations

from datatool.audit._census import Census
from datatool.audit._context import Context
from datatool.audit._options import DEFAULTS, AuditOptions
from datatool.audit.checks import CHECKS
from datatool.rows import Rows
from datatool.schemas import REAL, SYNTHETIC, AuditDocument, ClassifierCost, Finding, FindingsError

_SEVERITIES = ("error", "warning", "info")
_MAX_MISSING = 1_000  # DESIGN: one mistyped id must not exhaust memory


def audit(rows: Rows, /, *, options: AuditOptions = DEFAULTS) -> AuditDocument:
    """Run every check over the rows."""
    context = Context(rows=rows, census=Census.take(rows.connection), options=options)
    return document(context, run_checks(context))


def run_checks(context: Context, /) -> list[Finding]:
    """Findings, worst first, without the ignored codes."""
    found = [check(context) for check in CHECKS]
    kept = [one for one in found if one is not None and one.code not in context.options.ignore]
    return sorted(kept, key=lambda one: (_SEVERITIES.index(one.severity), one.code))


def document(context: Context, findings: list[Finding], /) -> AuditDocument:
    """The document of DESIGN 3."""
    census = context.census
    return AuditDocument(
        rows=census.num_rows,
        files=list(context.rows.files),
        class_num=census.class_num,
        min_id=census.ids[0] if census.ids else None,
        max_id=census.ids[-1] if census.ids else None,
        num_classes_present=len(census.ids),
        missing_id_count=census.missing_id_count,
        missing_ids=census.missing_ids(_MAX_MISSING),
        missing_ranges=census.missing_ranges(_MAX_MISSING),
        imbalance_ratio=census.imbalance_ratio,
        counts={label: {REAL: 0, SYNTHETIC: 0} | dict(sources) for label, sources in census.main.items()},
        fc=classifier_cost(
            class_num=census.class_num, missing=census.missing_id_count, width=context.options.feature_dim
        ),
        findings=findings,
    )


def classifier_cost(*, class_num: int, missing: int, width: int) -> ClassifierCost:
    """What the final layer costs in float32, and the width below which a bottleneck before it pays (Q2.2).

    A bottleneck of width d has width x d + d x class_num weights, fewer than width x class_num where
    d < width x class_num / (width + class_num).
    """
    params = (width + 1) * class_num
    return ClassifierCost(
        feature_dim=width,
        params=params,
        bytes=4 * params,
        wasted_params=(width + 1) * missing,
        bottleneck_break_even=width * class_num // (width + class_num),
    )


def require_clean(rows: Rows, /, *, skip_faulty: bool = False) -> int:
    """Stop where E1xx to E3xx findings make the rows unfit to train on.

    Args:
        rows: Changed in place with ``skip_faulty``.
        skip_faulty: Delete those rows instead.

    Returns:
        How many rows and lines were left out.

    Raises:
        FindingsError: On the first finding that stops.
    """
    errors = [
        one
        for one in audit(rows).findings
        if one.severity == "error" and one.code[1] in "123" and not (skip_faulty and one.code != "E105")
    ]
    if errors:
        first = errors[0]
        example = first.examples[0] if first.examples else None
        raise FindingsError(
            f"rows must be free of {first.code} {first.name}; got {first.message}",
            file=example.file if example else None,
            line=example.line if example else None,
            hint="run datatool audit to see all, or leave those rows out with --skip-faulty",
        )
    [(left_out,)] = rows.connection.execute("SELECT count(*) FROM faults").fetchall()
    return int(left_out)
