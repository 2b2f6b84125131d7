from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from datatool.balance import BalanceOptions, make_plan
from datatool.errors import FindingsError, PlanError
from datatool.rows import open_rows, resolve
from datatool.schemas import INDEX_BATCH_ROWS, INDEX_COLUMNS, Plan
from tests.helpers.lists import MakePlan, WriteList

CELLS = (0, "real", 6), (0, "synthetic", 3), (2, "real", 1)


def test_the_index_is_sorted_by_cell_and_holds_every_row_once(plan_of: MakePlan, tmp_path: Path) -> None:
    plan = plan_of(*CELLS, strategy="oversample")
    table = pa.ipc.open_file(pa.memory_map(str(tmp_path / "labels.plan" / "index.arrow"))).read_all()

    assert tuple(table.column_names) == INDEX_COLUMNS
    text = "dictionary<values=string, indices=int32, ordered=0>"
    types = ["large_string", text, "int32", text, "float", text, "int64"]
    assert [str(field.type) for field in table.schema] == types
    assert table["label"].to_pylist() == [0] * 9 + [2]
    assert table["source"].to_pylist() == ["real"] * 6 + ["synthetic"] * 3 + ["real"]
    lines = (tmp_path / "labels.txt").read_text().splitlines()
    written = [
        f"{path} {label}" for path, label in zip(table["path"].to_pylist(), table["label"].to_pylist(), strict=True)
    ]
    assert sorted(written) == sorted(lines)
    assert [lines[line - 1] for line in table["line"].to_pylist()] == written
    assert plan.cells.quota.tolist() == [6, 3, 9]


def test_plan_json_says_what_design_says(plan_of: MakePlan, tmp_path: Path) -> None:
    plan_of(*CELLS, strategy="oversample", max_repeat=5, weights="inverse", seed=3)
    document = json.loads((tmp_path / "labels.plan" / "plan.json").read_text())

    assert document["schema"] == "datatool.plan/1"
    assert document["strategy"] == {"name": "oversample", "max_repeat": 5, "weights": "inverse"}
    assert (document["seed"], document["class_num"], document["num_rows"]) == (3, 3, 10)
    assert [(cell["class"], cell["source"], cell["rows"], cell["quota"]) for cell in document["cells"]] == [
        (0, "real", 6, 6),
        (0, "synthetic", 3, 3),
        (2, "real", 1, 5),
    ]
    assert document["epoch_size"] == 14
    assert document["prior"] == {"0": 9 / 14, "2": 5 / 14}
    assert document["stats"] == {"unique_per_epoch": 10, "max_repeat": 5, "skipped_rows": 0}
    assert sum(cell["quota"] * cell["weight"] for cell in document["cells"]) == pytest.approx(14)


def test_an_opened_plan_reads_rows_in_any_order(plan_of: MakePlan, tmp_path: Path) -> None:
    plan = plan_of(*CELLS, weights="inverse")
    read = plan.rows(np.array([9, 0, 9]))

    assert read.path == ["images/2/0000.jpg", read.path[1], "images/2/0000.jpg"]
    assert read.root == [str(tmp_path)] * 3
    assert read.label.tolist() == [2, 0, 2]
    assert read.source == ["real"] * 3
    assert read.weight.dtype == np.float32
    with pytest.raises(IndexError, match=r"rows must lie in \[0, 10\)"):
        plan.rows(np.array([10]))


def test_more_rows_than_a_record_batch_are_read_across_batches(plan_of: MakePlan) -> None:
    plan = plan_of((0, "real", INDEX_BATCH_ROWS - 1), (1, "real", INDEX_BATCH_ROWS + 5))
    rows = np.array([0, INDEX_BATCH_ROWS - 2, INDEX_BATCH_ROWS - 1, INDEX_BATCH_ROWS, 2 * INDEX_BATCH_ROWS + 3])

    assert plan.num_rows == 2 * INDEX_BATCH_ROWS + 4
    assert plan.rows(rows).label.tolist() == [0, 0, 1, 1, 1]
    assert [path.split("/")[1] for path in plan.rows(rows).path] == ["0", "0", "1", "1", "1"]


def test_the_same_rows_give_the_same_fingerprint_and_other_rows_or_quotas_another(plan_of: MakePlan) -> None:
    first = plan_of(*CELLS).fingerprint

    assert plan_of(*CELLS).fingerprint == first
    assert plan_of(*CELLS, strategy="oversample").fingerprint != first
    assert plan_of(*CELLS, weight=("0=2",)).fingerprint != first
    assert plan_of((0, "real", 6), (0, "synthetic", 3), (3, "real", 1)).fingerprint != first


def test_a_plan_beside_its_images_can_be_moved_with_them(plan_of: MakePlan, tmp_path: Path) -> None:
    plan_of(*CELLS)
    before = tmp_path / "labels.plan"
    (tmp_path / "elsewhere").mkdir()
    moved = before.rename(tmp_path / "elsewhere" / "labels.plan")

    assert Plan.open(moved).rows(np.array([0])).root == [str(tmp_path / "elsewhere")]


def test_a_root_outside_the_plan_s_parent_is_written_whole(write_list: WriteList, tmp_path: Path) -> None:
    file = write_list(*CELLS)
    out = tmp_path / "plans" / "a.plan"
    with open_rows(resolve(str(file))) as rows:
        plan = make_plan(rows, strategy="natural", out=out)
    moved = out.rename(tmp_path / "a.plan")

    assert plan.roots == Plan.open(moved).roots == [str(tmp_path)]


def test_an_existing_plan_is_replaced_and_any_other_folder_is_refused(plan_of: MakePlan, tmp_path: Path) -> None:
    out = tmp_path / "labels.plan"
    plan_of(*CELLS)
    (out / "note.txt").write_text("left by somebody")
    plan_of(*CELLS, strategy="oversample")
    assert sorted(file.name for file in out.iterdir()) == ["index.arrow", "plan.html", "plan.json"]

    (out / "plan.json").unlink()
    with pytest.raises(PlanError, match="--out must be a new folder or an existing plan"):
        plan_of(*CELLS)
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_a_plan_that_was_just_made_is_not_read_again(plan_of: MakePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    monkeypatch.setattr("datatool.schemas._plan.read_document", reads.append)
    made = plan_of(*CELLS, strategy="progressive:3")
    monkeypatch.undo()

    assert reads == []
    opened = Plan.open(made.folder)
    assert [made.quotas(epoch).tolist() for epoch in range(4)] == [opened.quotas(epoch).tolist() for epoch in range(4)]
    assert (made.strategy, made.stats, made.names) == (opened.strategy, opened.stats, opened.names)


def test_a_plan_json_of_another_program_is_left_alone(plan_of: MakePlan, tmp_path: Path) -> None:
    out = tmp_path / "labels.plan"
    out.mkdir()
    (out / "plan.json").write_text('{"format_version": "1.2"}')
    with pytest.raises(PlanError, match="--out must be a new folder or an existing plan"):
        plan_of(*CELLS)
    assert [file.name for file in out.iterdir()] == ["plan.json"]


def test_a_plan_behind_a_link_is_replaced_where_it_lies_and_finds_its_images(plan_of: MakePlan, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "labels.plan").symlink_to(tmp_path / "far" / "labels.plan")
    for strategy in ("natural", "oversample"):
        linked = plan_of(*CELLS, strategy=strategy)
        there = Plan.open(tmp_path / "far" / "labels.plan")
        assert linked.roots == there.roots == [str(tmp_path)]
        assert there.strategy["name"] == strategy
    assert [file.name for file in (tmp_path / "far").iterdir()] == ["labels.plan"]


def test_a_plan_beside_its_images_can_be_opened_through_a_link(plan_of: MakePlan, tmp_path: Path) -> None:
    plan_of(*CELLS)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.plan"
    link.symlink_to(tmp_path / "labels.plan")

    assert Plan.open(link).roots == [str(tmp_path)]


def test_a_plan_that_cannot_be_met_leaves_the_old_one_alone(plan_of: MakePlan, tmp_path: Path) -> None:
    fingerprint = plan_of(*CELLS).fingerprint
    with pytest.raises(PlanError, match="leave room for 20"):
        plan_of(*CELLS, epoch_size=21, max_repeat=2)

    assert Plan.open(tmp_path / "labels.plan").fingerprint == fingerprint


def test_faulty_rows_stop_it_or_are_left_out_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("a.jpg 0\nb.jpg cat\nc.jpg 1\n")
    with open_rows(resolve(str(file))) as rows, pytest.raises(FindingsError, match="E102"):
        make_plan(rows, strategy="natural", out=tmp_path / "a.plan")
    with open_rows(resolve(str(file))) as rows:
        plan = make_plan(rows, strategy="natural", out=tmp_path / "a.plan", options=BalanceOptions(skip_faulty=True))

    assert (plan.num_rows, plan.stats.skipped_rows) == (2, 1)


def test_progressive_plans_know_every_epoch(plan_of: MakePlan) -> None:
    plan = plan_of((0, "real", 60), (1, "real", 20), strategy="progressive:3")

    assert [plan.quotas(epoch).tolist() for epoch in range(5)] == [[60, 20], [50, 30], [40, 40], [40, 40], [40, 40]]
    assert plan.prior(1).tolist() == [0.625, 0.375]
    assert plan.settled == 2


def test_progressive_plans_keep_their_limits_in_every_epoch(plan_of: MakePlan) -> None:
    cells = (0, "real", 50), (0, "synthetic", 30), (1, "real", 10), (1, "synthetic", 10), (2, "real", 3)
    plan = plan_of(*cells, strategy="progressive:9", max_repeat=4, shares=("*/synthetic=0.3",))
    synthetic = np.array([source == "synthetic" for source in plan.cells.source])
    for epoch in range(10):
        quota = plan.quotas(epoch)
        assert quota.sum() == plan.epoch_size == 103
        assert (quota <= 4 * plan.cells.num_rows).all()
        assert quota[synthetic].sum() == 31


def test_per_batch_is_stored_in_the_plan(plan_of: MakePlan) -> None:
    plan = plan_of((0, "real", 50), (1, "real", 33), (2, "real", 40), strategy="oversample", per_batch=(2, 8))

    assert plan.per_batch == (2, 8)
    assert plan.cells.quota.tolist() == [48, 48, 48]
    assert plan_of((0, "real", 5)).per_batch is None
