"""Rows and a strategy to a plan folder; the arithmetic is in datatool.samplers."""

from __future__ import annotations

from datatool.balance._draft import Draft, draft_plan
from datatool.balance._export import export_list
from datatool.balance._guard import check_export, check_replaceable, looks_like_evaluation
from datatool.balance._make import make_plan, write_plan
from datatool.balance._options import BalanceOptions
from datatool.balance._summary import balance_document

__all__ = [
    "BalanceOptions",
    "Draft",
    "balance_document",
    "check_export",
    "check_replaceable",
    "draft_plan",
    "export_list",
    "looks_like_evaluation",
    "make_plan",
    "write_plan",
]
