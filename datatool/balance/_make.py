"""Rows and a strategy to a plan folder."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from datatool.balance._bucket import send_plan
from datatool.balance._contents import write_plan_contents
from datatool.balance._draft import Draft, draft_plan
from datatool.balance._guard import check_replaceable
from datatool.balance._index import write_index
from datatool.balance._options import DEFAULTS, BalanceOptions
from datatool.balance._page import LastEpoch, plan_page
from datatool.balance._spans import RowSpans
from datatool.balance._summary import plan_stats
from datatool.rows import Rows
from datatool.schemas import (
    INDEX_FILE,
    PAGE_FILE,
    PLAN_FILE,
    Plan,
    PlanDocument,
    atomic_folder,
    file_digest,
    is_url,
    plan_fingerprint,
    relative_root,
    sole_writer,
)


def make_plan(
    rows: Rows, /, *, strategy: str, out: Path | str, seed: int = 0, options: BalanceOptions = DEFAULTS
) -> Plan:
    """Work a plan out and write its folder.

    Args:
        rows: What to balance; quotas are of the split `train`.
        strategy: `natural`, `oversample`, `power:0.5` and so on.
        out: The folder, or a place on a bucket; an existing plan is replaced, in a folder in one step, anything else
            there is left alone.
        seed: Decides between equal remainders.
        options: Everything else.

    Raises:
        FindingsError: If the rows have findings that stop it.
        PlanError: If ``out`` is in the way, or no quotas meet what was asked.
        ConfigError: If an option is not understood.
    """
    with nullcontext() if is_url(out) else sole_writer(Path(out)):
        check_replaceable(out)
        draft = draft_plan(rows, strategy=strategy, seed=seed, options=options, keep_rows=True)
        return write_plan(draft, rows, out=out)


def write_plan(draft: Draft, rows: Rows, /, *, out: Path | str) -> Plan:
    """Write a draft, whole or not at all."""
    check_replaceable(out)
    if is_url(out):
        return send_plan(lambda folder: _write_folder(draft, rows, out=folder), str(out))
    return _write_folder(draft, rows, out=Path(out))


def _write_folder(draft: Draft, rows: Rows, *, out: Path) -> Plan:
    spans = RowSpans(rows)
    containers = spans.documents(out)
    with atomic_folder(out) as folder:
        fingerprint = write_index(
            folder / INDEX_FILE,
            draft.cells,
            rows,
            split=draft.split,
            kept=draft.kept,
            root=lambda root: relative_root(root, out),
            fingerprint=lambda digest: plan_fingerprint(
                digest, draft.cells, strategy=draft.strategy, seed=draft.seed, class_num=draft.class_num
            ),
            containers=[container.path for container in containers],
            shrunk=spans.shrunk,
        )
        content = write_plan_contents(rows, folder, split=draft.split, out=out, was_read=draft.was_read)
        document = PlanDocument(
            fingerprint=fingerprint,
            strategy=draft.strategy,
            seed=draft.seed,
            class_num=draft.class_num,
            names=draft.names,
            num_rows=int(draft.cells.num_rows.sum()),
            epoch_size=draft.epoch_size,
            cells=draft.cells,
            prior=draft.prior,
            stats=plan_stats(draft.cells, skipped_rows=draft.skipped_rows),
            containers=containers,
            content_digest=content,
            index_digest=file_digest(folder / INDEX_FILE),
        )
        (folder / PLAN_FILE).write_text(document.signed(), encoding="utf-8")
        page = plan_page(draft, data=rows.dataset.command, last=_last_epoch(folder, document))
        (folder / PAGE_FILE).write_text(page, encoding="utf-8")
    return Plan(out, document)


def _last_epoch(folder: Path, document: PlanDocument) -> LastEpoch | None:
    """Draws of each cell in the last epoch of a plan whose quotas move."""
    if "ends" not in document.strategy:
        return None
    plan = Plan(folder, document)
    try:
        return LastEpoch(number=plan.settled, quota=plan.quotas(plan.settled))
    finally:
        plan.close()
