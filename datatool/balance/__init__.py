"""Rows and a strategy to a plan folder; the arithmetic is in datatool.samplers.

_options.py       what can be asked for besides a strategy
_targets.py       `CLASS[/SOURCE]=VALUE`
_cells_file.py    CSV files with a number for each class and source
_guard.py         what is refused: lists for evaluation, folders that are no plans
_places.py        the same: images that a loader could not read in place
_exclude.py       images that an audit found unreadable
_contents.py      digests of its pictures, where they are known
_unique.py        each picture once in a class
_draft.py         a plan in memory
_advice.py        rules 1 and 2 on synthetic rows, and other remarks
_feedback.py      rule 3: two runs compared
_summary.py       what an epoch costs
_make.py          the folder, whole or not at all
_bucket.py        the same on a bucket
_index.py         `index.arrow`
_by_cell.py       its rows in their order, in little memory
_kept.py          the same rows as they were counted, in a file
_spans.py         where the bytes of rows are that lie in containers
_page.py          `plan.html`
_export.py        a plain list, one line per draw
"""

from __future__ import annotations

from datatool.balance._draft import Draft, draft_plan
from datatool.balance._export import ExportedList, check_export_paths, export_list, read_delimiter
from datatool.balance._guard import check_export, check_replaceable, looks_like_evaluation
from datatool.balance._make import make_plan, write_plan
from datatool.balance._options import BalanceOptions
from datatool.balance._spans import rows_and_spans
from datatool.balance._summary import balance_document

__all__ = [
    "BalanceOptions",
    "Draft",
    "ExportedList",
    "balance_document",
    "check_export",
    "check_export_paths",
    "check_replaceable",
    "draft_plan",
    "export_list",
    "looks_like_evaluation",
    "make_plan",
    "read_delimiter",
    "rows_and_spans",
    "write_plan",
]
