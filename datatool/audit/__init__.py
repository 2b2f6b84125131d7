"""Rows to findings, and findings to repair; one check per file."""

from __future__ import annotations

from datatool.audit._audit import audit
from datatool.audit._clean import require_clean
from datatool.audit._options import AuditOptions

__all__ = ["AuditOptions", "audit", "require_clean"]
