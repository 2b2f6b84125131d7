"""The page of a run, put together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from datatool.evaluation.page._against import Against
from datatool.evaluation.page._classes import cells_table, classes_table, macro_f1, recall_picture, test_classes_table
from datatool.evaluation.page._confusion import confusion_context
from datatool.evaluation.page._curves import curves, epoch_tiles
from datatool.evaluation.page._mistakes import mistakes
from datatool.report import page
from datatool.runs import REPORT, RunFolder, flatten, read_run_info
from datatool.schemas import EvalDocument, Recipe, atomic_file


def write_page(
    folder: RunFolder,
    recipe: Recipe,
    document: EvalDocument | None,
    tested: EvalDocument | None = None,
    /,
    *,
    against: Against | None = None,
    file: Path | None = None,
) -> None:
    """Write the page; the last file of a run.

    Args:
        folder: The run's.
        recipe: Resolved.
        document: Results on data.val.
        tested: Results on data.test.
        against: Another run, compared with this one.
        file: Where to write; default: into the run folder.
    """
    lines = folder.metrics()
    info = read_run_info(folder.path)
    text = page(
        "run.html",
        title=f"Run {folder.path.name}",
        subtitle=f"{recipe.model.backbone}, {len(lines)} epochs, {lines[-1].step if lines else 0:,} steps",
        command=None if info is None else info.sessions[-1].command,
        context={
            "document": document,
            "tested": tested,
            "test_classes": None if tested is None else test_classes_table(tested, document),
            "test_f1": None if tested is None else macro_f1(tested),
            "test_recall": None if tested is None else recall_picture(tested),
            "epochs": epoch_tiles(lines),
            "curves": curves(lines, None if against is None else against.lines),
            **_recipe(recipe),
            "cells": cells_table(document) if document and document.train_cells else None,
            "against": None if against is None else against.context(),
            **({} if document is None else _results(document)),
        },
    )
    with atomic_file(folder.path / REPORT if file is None else file) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _recipe(recipe: Recipe) -> dict[str, list[tuple[str, str]]]:
    """Keys with their values as a recipe writes them: those that were changed, and those that have their default."""
    usual = dict(flatten(Recipe().model_dump(mode="json")))
    keys = list(flatten(recipe.model_dump(mode="json")))
    return {
        "keys": [(key, _yaml(value)) for key, value in keys if value != usual.get(key)],
        "defaults": [(key, _yaml(value)) for key, value in keys if value == usual.get(key)],
    }


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _results(document: EvalDocument) -> dict[str, Any]:
    return {
        **confusion_context(document),
        "mistakes": mistakes(document),
        "f1": macro_f1(document),
        "recall": recall_picture(document),
        "classes": classes_table(document),
        "sources": [
            (row.source, f"{row.support:,}", f"{row.top1:.3f}", _figure(row.balanced_accuracy))
            for row in document.per_source
        ],
    }


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
