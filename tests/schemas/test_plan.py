from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from datatool.balance import make_plan
from datatool.doctor import check_plan
from datatool.errors import PlanError
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan, verify_plan

Edit = Callable[[dict[str, Any]], None]


def _write(folder: Path, name: str, rows: int) -> Path:
    file = folder / f"{name}.txt"
    file.write_text("".join(f"{name}{number}.jpg {number % 3}\n" for number in range(rows)))
    with open_rows(resolve(str(file))) as opened:
        return make_plan(opened, strategy="natural", out=folder / f"{name}.plan").folder


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return _write(tmp_path, "a", 30)


def _refusal(folder: Path) -> str:
    with pytest.raises(PlanError) as caught:
        Plan.open(folder)
    return str(caught.value)


def test_a_plan_opens_as_it_was_written(plan: Path) -> None:
    opened = Plan.open(plan)

    assert (opened.num_rows, opened.epoch_size, opened.class_num) == (30, 30, 3)
    assert opened.cells.start.tolist() == [0, 10, 20, 30]
    assert opened.quotas(7).tolist() == [10, 10, 10]
    assert opened.prior().tolist() == [1 / 3] * 3


def test_a_plan_can_be_sent_to_another_process(plan: Path) -> None:
    again = pickle.loads(pickle.dumps(Plan.open(plan)))

    assert again.fingerprint == Plan.open(plan).fingerprint
    assert again.rows(np.array([29])).path == ["a29.jpg"]


def open_files() -> set[str]:
    return {os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()}


def test_a_closed_plan_lets_go_of_its_index_and_says_so(plan: Path) -> None:
    opened = Plan.open(plan)
    opened.rows(np.array([0, 29]))
    assert str(plan / "index.arrow") in open_files()
    opened.close()
    assert str(plan / "index.arrow") not in open_files()
    assert opened.quotas(0).sum() == 30
    with pytest.raises(PlanError, match="must be open for its rows to be read"):
        opened.rows(np.array([0]))


def test_a_folder_without_a_plan_is_refused(tmp_path: Path) -> None:
    text = _refusal(tmp_path)

    assert text.startswith("a plan must be a folder with plan.json and index.arrow; got")
    assert text.endswith("Hint: make one with datatool balance DATASET --out DIR.")


def test_a_missing_index_is_refused(plan: Path) -> None:
    (plan / "index.arrow").unlink()

    assert "the index of a plan must be whole Arrow IPC" in _refusal(plan)


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, 0.99])
def test_a_truncated_index_is_refused(plan: Path, kept: float) -> None:
    file = plan / "index.arrow"
    content = file.read_bytes()
    file.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])

    assert "the index of a plan must be whole Arrow IPC" in _refusal(plan)


def test_the_index_of_another_plan_is_refused(plan: Path, tmp_path: Path) -> None:
    other = _write(tmp_path, "b", 30)
    (other / "index.arrow").replace(plan / "index.arrow")

    assert "plan and index must have one fingerprint" in _refusal(plan)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda d: d["cells"][0].update(quota=11), "'epoch_size' must be the sum over cells, 31; got 30"),
        (lambda d: d["cells"][0].update(rows=11), "'num_rows' must be the sum over cells, 31; got 30"),
        (lambda d: d["cells"][0].update(weight=2.0), "plan.json must be as written"),
        (lambda d: (d["cells"][0].update(quota=11), d["cells"][1].update(quota=9)), "plan.json must be as written"),
        (lambda d: d["cells"][0].update(source="web"), "plan.json must be as written"),
        (lambda d: d.update(seed=1), "plan.json must be as written"),
        (lambda d: d.update(class_num=9), "plan.json must be as written"),
        (lambda d: d.update(class_num=2), "'class_num' must be above the largest class, 2; got 2"),
        (lambda d: d["strategy"].update(max_repeat=3), "plan.json must be as written"),
        (lambda d: d.update(fingerprint="0" * 64), "plan and index must have one fingerprint"),
        (lambda d: d.update(cells=[]), "a plan must have at least one cell"),
        (lambda d: d.update(quotas=[]), "key must be a known one; got 'quotas'"),
        (lambda d: d.pop("seed"), "'seed' must be given; it is missing"),
        (lambda d: d.update(schema="datatool.plan/2"), "'schema' must be 'datatool.plan/1'; got 'datatool.plan/2'"),
        (lambda d: d["cells"][0].update(quota=-1), "'cells.0.quota' must be greater than or equal to 0; got -1"),
        (lambda d: d["cells"][0].update(rows=0), "'cells.0.rows' must be greater than or equal to 1; got 0"),
        (lambda d: d["cells"][0].update({"class": 10**30}), "must fit 64 bits; got one that is larger"),
    ],
)
def test_a_plan_that_was_edited_is_refused_and_says_where(plan: Path, edit: Edit, sentence: str) -> None:
    file = plan / "plan.json"
    document = json.loads(file.read_text())
    edit(document)
    file.write_text(json.dumps(document))
    text = _refusal(plan)

    assert sentence in text
    assert str(plan) in text


def test_a_torn_plan_json_is_refused(plan: Path) -> None:
    file = plan / "plan.json"
    file.write_bytes(file.read_bytes()[:-20])

    assert "plan.json must be JSON; got" in _refusal(plan)


def _outcome(folder: Path) -> str:
    """`refused` where a plan does not open, read or verify; anything but PlanError escapes."""
    try:
        opened = Plan.open(folder)
        opened.rows(np.arange(opened.num_rows))
        _ = opened.roots
        verify_plan(folder)
    except PlanError:
        return "refused"
    return "read"


def test_every_flipped_bit_of_a_plan_is_found(plan: Path) -> None:
    dice = random.Random(0)
    outcomes = []
    for name in ("plan.json", "index.arrow"):
        file = plan / name
        content = file.read_bytes()
        for _ in range(500):
            changed = bytearray(content)
            changed[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
            file.write_bytes(changed)
            outcomes.append(_outcome(plan))
        file.write_bytes(content)

    assert outcomes == ["refused"] * 1000
    assert _outcome(plan) == "read"


def test_rows_shuffled_under_the_old_metadata_are_refused(plan: Path) -> None:
    file = plan / "index.arrow"
    with pa.OSFile(str(file)) as source:
        table = pa.ipc.open_file(source).read_all()
    table = table.take(list(reversed(range(30))))
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())

    assert "a label of rows 0 to 30 is not that of its cell" in _refusal(plan)


def test_an_index_cut_while_it_is_open_is_an_error_and_no_signal(plan: Path) -> None:
    program = f"""
import os, numpy as np
from datatool.schemas import Plan, verify_plan
from datatool.errors import PlanError
plan = Plan.open({str(plan)!r})
os.truncate({str(plan / "index.arrow")!r}, 100)
for ask in (lambda: plan.rows(np.arange(30)), lambda: plan.roots):
    try:
        ask()
    except PlanError as error:
        print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.count("the index of a plan must be whole Arrow IPC") == 2


def test_a_plan_of_an_earlier_version_opens_and_says_that_it_has_no_digests(plan: Path) -> None:
    file = plan / "plan.json"
    document = json.loads(file.read_text())
    del document["index_digest"], document["document_digest"]
    file.write_text(json.dumps(document))

    assert Plan.open(plan).num_rows == 30
    assert verify_plan(plan) == ["plan.json", "index.arrow"]
    assert check_plan(plan).unchecked == ["plan.json", "index.arrow"]


def test_a_digest_of_an_index_of_an_earlier_version_is_checked_too(plan: Path) -> None:
    index = plan / "index.arrow"
    file = plan / "plan.json"
    document = json.loads(file.read_text())
    assert document["index_digest"] == f"sha256:{hashlib.sha256(index.read_bytes()).hexdigest()}"

    document["index_digest"] = hashlib.blake2b(index.read_bytes(), digest_size=32).hexdigest()
    del document["document_digest"]
    file.write_text(json.dumps(document))
    assert verify_plan(plan) == ["plan.json"]

    content = bytearray(index.read_bytes())
    content[content.index(b"a29.jpg")] ^= 1
    index.write_bytes(content)
    with pytest.raises(PlanError, match=r"index\.arrow must be as written; got other bytes"):
        verify_plan(plan)


def test_a_plan_of_several_roots_reads_each_of_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "l.txt").write_text(f"{name}.jpg 0\n")
    (tmp_path / "d.yaml").write_text("train:\n- {list: a/l.txt}\n- {list: b/l.txt}\n")
    with open_rows(resolve(str(tmp_path / "d.yaml"))) as opened:
        plan = make_plan(opened, strategy="natural", out=tmp_path / "x.plan")

    assert plan.rows(np.array([1, 0])).root == [str(tmp_path / "b"), str(tmp_path / "a")]
    assert plan.roots == [str(tmp_path / "a"), str(tmp_path / "b")]
