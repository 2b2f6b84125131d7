"""Small plans over small pictures, written without the rooms that make real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from datatool.loader import Batch
from datatool.schemas import Cells, Plan, PlanDocument, plan_fingerprint
from tests.helpers.pictures import jpeg

LOADER_OPTIONS: dict[str, Any] = {
    "batch_size": 8,
    "image_size": 32,
    "framework": "numpy",
    "engine": "threads",
    "output": "uint8",
    "num_threads": 2,
    "cache": None,
    "max_errors": 1.0,
    "timeout": 30.0,
}

COUNTS = {0: 12, 1: 5, 2: 3}  # class -> pictures


def write_pictures(
    folder: Path, counts: Mapping[int, int] = COUNTS, *, width: int = 60, height: int = 48
) -> dict[int, list[str]]:
    """JPEGs in class folders; class -> their names."""
    names: dict[int, list[str]] = {}
    for label, count in counts.items():
        (folder / str(label)).mkdir(parents=True)
        names[label] = [f"{label}/{number}.jpg" for number in range(count)]
        for number, name in enumerate(names[label]):
            (folder / name).write_bytes(jpeg(100 * label + number, width=width + number, height=height))
    return names


def write_plan(
    out: Path,
    root: Path,
    names: Mapping[int, Sequence[str]],
    *,
    quotas: Mapping[int, int] | None = None,
    weights: Mapping[int, float] | None = None,
) -> Path:
    """A plan folder; every class as often as the largest unless told otherwise."""
    most = max(len(each) for each in names.values())
    labels = sorted(names)
    cells = Cells(
        label=np.array(labels, np.int64),
        source=("real",) * len(labels),
        num_rows=np.array([len(names[label]) for label in labels], np.int64),
        quota=np.array([(quotas or {}).get(label, most) for label in labels], np.int64),
        weight=np.array([(weights or {}).get(label, 1.0) for label in labels]),
    )
    strategy = {"name": "oversample"}
    digest = "0" * 64
    fingerprint = plan_fingerprint(digest, cells, strategy=strategy, seed=0, class_num=labels[-1] + 1)
    out.mkdir()
    _write_index(out / "index.arrow", root, names, cells, digest=digest, fingerprint=fingerprint)
    rows = zip(cells.label, cells.source, cells.num_rows, cells.quota, cells.weight, strict=True)
    document = PlanDocument.model_validate(
        {
            "fingerprint": fingerprint,
            "strategy": strategy,
            "seed": 0,
            "class_num": labels[-1] + 1,
            "names": None,
            "num_rows": int(cells.num_rows.sum()),
            "epoch_size": int(cells.quota.sum()),
            "cells": [
                {
                    "class": int(label),
                    "source": source,
                    "rows": int(count),
                    "quota": int(quota),
                    "weight": float(weight),
                }
                for label, source, count, quota, weight in rows
            ],
            "prior": {},
            "stats": {"unique_per_epoch": 1, "max_repeat": 2},
        }
    )
    (out / "plan.json").write_text(document.to_json())
    return out


def _write_index(
    file: Path, root: Path, names: Mapping[int, Sequence[str]], cells: Cells, *, digest: str, fingerprint: str
) -> None:
    paths = [name for label in sorted(names) for name in names[label]]
    text = pa.dictionary(pa.int32(), pa.string())
    columns = {
        "path": pa.array(paths, pa.large_string()),
        "root": pa.array([str(root)] * len(paths)).dictionary_encode().cast(text),
        "label": pa.array(np.repeat(cells.label, cells.num_rows).astype(np.int32)),
        "source": pa.array(["real"] * len(paths)).dictionary_encode().cast(text),
        "weight": pa.array(np.repeat(cells.weight, cells.num_rows).astype(np.float32)),
        "file": pa.array(["list.txt"] * len(paths)).dictionary_encode().cast(text),
        "line": pa.array(range(1, len(paths) + 1), pa.int64()),
    }
    metadata = {"datatool.fingerprint": fingerprint, "datatool.rows": digest}
    table = pa.table(columns).replace_schema_metadata(metadata)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def pixels(batches: Sequence[Batch]) -> np.ndarray:
    return np.concatenate([np.asarray(batch.images) for batch in batches])


def field(batches: Sequence[Batch], name: str) -> list[Any]:
    return list(np.concatenate([np.asarray(getattr(batch, name)) for batch in batches]).tolist())


def path_of(plan: Path, row: float) -> Path:
    index = Plan.open(plan).rows(np.array([row], np.int64))
    return Path(index.root[0]) / index.path[0]
