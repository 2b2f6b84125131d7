"""Rows and a strategy to a plan folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datatool.balance._index import root_relative_to, write_index
from datatool.samplers import Counts, allocate, parse_strategy
from datatool.schemas import (
    INDEX_FILE,
    PLAN_FILE,
    TRAIN,
    Cells,
    Plan,
    PlanDocument,
    PlanError,
    PlanStats,
    atomic_folder,
    plan_fingerprint,
)

if TYPE_CHECKING:
    from datatool.rows import Rows


def make_plan(rows: Rows, /, *, strategy: str, out: Path, seed: int = 0, skip_faulty: bool = False) -> Plan:
    """Write a plan folder.

    Args:
        rows: What to balance; only the split `train`.
        strategy: `natural`, `oversample`, `power:0.5` and so on.
        out: The folder; an existing plan is replaced in one step, anything else there is left alone.
        seed: Decides between equal remainders.
        skip_faulty: Leave faulty rows out instead of stopping.

    Raises:
        FindingsError: If the rows have findings that stop it.
        PlanError: If ``out`` is in the way.
        ConfigError: If the strategy is not understood.
    """
    from datatool.audit import require_clean

    out = Path(out)
    check_replaceable(out)
    skipped = require_clean(rows, skip_faulty=skip_faulty)
    where = f"split = '{TRAIN}'"
    counts = count_cells(rows.connection, where=where)
    chosen = parse_strategy(strategy)
    allocation = allocate(counts, chosen, seed=seed)
    cells = Cells(
        label=counts.label,
        source=counts.source,
        num_rows=counts.num_rows,
        quota=allocation.quota,
        weight=np.ones(len(counts.label)),
    )
    strategy_entry: dict[str, Any] = {"name": strategy}
    class_num = int(cells.label.max()) + 1
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic_folder(out) as folder:
        fingerprint = write_index(
            folder / INDEX_FILE,
            cells,
            rows.connection,
            where=where,
            root=root_relative_to(out),
            fingerprint=lambda digest: plan_fingerprint(
                digest, cells, strategy=strategy_entry, seed=seed, class_num=class_num
            ),
        )
        document = PlanDocument(
            fingerprint=fingerprint,
            strategy=strategy_entry,
            seed=seed,
            class_num=class_num,
            names=None if rows.names is None else dict(rows.names),
            num_rows=counts.total,
            epoch_size=allocation.epoch_size,
            cells=[
                {"class": int(c), "source": s, "rows": int(n), "quota": int(q), "weight": float(w)}
                for c, s, n, q, w in zip(
                    cells.label, cells.source, cells.num_rows, cells.quota, cells.weight, strict=True
                )
            ],
            prior={
                int(c): float(q) / allocation.epoch_size
                for c, q in zip(counts.classes, counts.per_class(cells.quota), strict=True)
            },
            stats=PlanStats(
                unique_per_epoch=int(np.minimum(cells.quota, cells.num_rows).sum()),
                max_repeat=int((-(-cells.quota // cells.num_rows)).max()),
                skipped_rows=skipped or 0,
            ),
        )
        (folder / PLAN_FILE).write_text(document.to_json(), encoding="utf-8")
    return Plan.open(out)


def check_replaceable(out: Path, /) -> None:
    """Raise PlanError unless ``out`` is free or holds a plan."""
    if not out.exists() or (out / PLAN_FILE).is_file():
        return
    raise PlanError(
        f"--out must be a new folder or a plan; got '{out}', which is something else", hint="choose another --out"
    )


def count_cells(connection: Any, /, *, where: str) -> Counts:
    """Rows of each (class, source), in the order of the index."""
    query = f"""
        SELECT label, source::VARCHAR AS source, count(*) AS num_rows FROM rows
        WHERE {where} GROUP BY label, rows.source ORDER BY label, rows.source
    """  # noqa: S608 - no user's text in it
    found = connection.sql(query).to_arrow_table()
    return Counts(
        label=found["label"].to_numpy().astype(np.int64),
        source=tuple(found["source"].to_pylist()),
        num_rows=found["num_rows"].to_numpy().astype(np.int64),
    )
