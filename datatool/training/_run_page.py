"""`report.html` of a run."""

from __future__ import annotations

from datatool.schemas import EvalDocument, Recipe, atomic_file
from datatool.training._run_folder import REPORT, RunFolder


def write_page(folder: RunFolder, recipe: Recipe, document: EvalDocument | None, /) -> None:
    """Write the page."""
    del recipe, document
    with atomic_file(folder.path / REPORT) as temporary:
        temporary.write_text("", encoding="utf-8")
