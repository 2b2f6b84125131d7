"""Rows to findings, and findings to repair.

::

    _audit       the audit: rows, every check, the document
    _options     what a caller may say about it
    _context     what a check is given: rows, census, options
    _census      rows per split, class and source, counted in one pass
    _counts      the numpy side of that pass
    _check       a check as an object: code, texts, how it looks
    checks/      the checks, one per file
    images/      image files: measured, hashed, compared
    _suspects    what `datatool suspects` wrote, beside the rows
    _classifier  what the final layer costs
    _drift       what is no finding, compared with an earlier audit
    _homogeneity the test that this takes
    _baseline    only what is new since an earlier audit
    _write       the folder of an audit
    _report      its page
    _gallery     pictures of findings on the page
    _samples     pictures of each class
    _mend        one command line for what a command mends
    _clean       rows fit to train on, or an error that says why not
    repair/      new folders from a data set: relabel, clean, split
"""

from __future__ import annotations

from datatool.audit._audit import SEVERITIES, Audited, audit, audit_rows
from datatool.audit._census import CellRows, Keeper, count_cells
from datatool.audit._check import Check
from datatool.audit._clean import require_clean
from datatool.audit._drift import drift_text
from datatool.audit._options import AuditOptions
from datatool.audit.checks import CHECKS

__all__ = [
    "CHECKS",
    "SEVERITIES",
    "AuditOptions",
    "Audited",
    "CellRows",
    "Check",
    "Keeper",
    "audit",
    "audit_rows",
    "count_cells",
    "drift_text",
    "require_clean",
]
