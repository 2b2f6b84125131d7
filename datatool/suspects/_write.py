"""`suspects.json` and `suspects.parquet`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from datatool.probe import Probe
from datatool.schemas import LabelErrors, SuspectClass, SuspectsDocument
from datatool.suspects._find import CODES, LABEL, Found

PARQUET = "suspects.parquet"


def suspects_document(probe: Probe, found: Found, /) -> SuspectsDocument:
    """What `suspects.json` holds."""
    rows, errors = probe.rows, found.labels.errors
    codes = [one.code for one in found.suspects if one.code is not None]
    accused = np.zeros(len(rows.classes), np.int64)
    for one in found.suspects:
        accused[rows.place[one.row]] += one.kind == LABEL and one.accused
    sizes = np.bincount(rows.place, minlength=len(rows.classes))
    return SuspectsDocument(
        rows=len(rows),
        unreadable=len(probe.unreadable),
        backbone=probe.backbone.recipe.model.backbone,
        label_errors=None if errors is None else LabelErrors(estimate=errors.estimate, upper=errors.upper),
        planted_recall=None if errors is None else round(errors.found_in_5, 4),
        counts={code: codes.count(code) for code in CODES.values()},
        classes=[
            SuspectClass.model_validate(
                {
                    "class": label,
                    "name": rows.names.get(label),
                    "rows": int(sizes[number]),
                    "suspects": int(accused[number]),
                    "domain_auc": None if number not in found.domains else round(found.domains[number].auc, 4),
                    "domain_low": None if number not in found.domains else round(found.domains[number].low, 4),
                }
            )
            for number, label in enumerate(rows.classes.tolist())
        ],
        notes=list(found.notes),
    )


def write_table(probe: Probe, found: Found, file: Path, /) -> None:
    """Write `suspects.parquet`: every row once as label and once as outlier, the others where they are suspects."""
    import pyarrow.parquet as pq

    pq.write_table(_table(probe, found), file, compression="zstd")


def _table(probe: Probe, found: Found) -> Any:
    import pyarrow as pa

    rows, all_of = probe.rows, found.suspects
    at = np.array([one.row for one in all_of], np.int64)
    labels = rows.label[at].tolist()
    others = [one.other for one in all_of]
    text = pa.string()
    return pa.table(
        {
            "path": pa.array(rows.path[at].tolist(), text),
            "file": pa.array(rows.file[at].tolist(), text),
            "line": pa.array(rows.line[at], pa.int64()),
            "class": pa.array(labels, pa.int64()),
            "name": pa.array([rows.names.get(label) for label in labels], text),
            "source": pa.array(rows.source[at].tolist(), text),
            "kind": pa.array([one.kind for one in all_of], text),
            "code": pa.array([one.code for one in all_of], text),
            "score": pa.array([one.score for one in all_of], pa.float64()),
            "suggested": pa.array([one.suggested for one in all_of], pa.int64()),
            "split": pa.array(rows.split[at].tolist(), text),
            "other": pa.array([None if other is None else rows.path[other] for other in others], text),
            "mirrored": pa.array([one.mirrored if one.other is not None else None for one in all_of], pa.bool_()),
        }
    )
