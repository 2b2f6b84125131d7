"""Rows neither vanish nor multiply: every command, run twice, over lists that reach the same files."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatool.audit import AuditOptions, audit
from datatool.audit.images import open_engine
from datatool.audit.repair import clean, relabel, split
from datatool.rows import open_rows, require_conserved, resolve
from tests.helpers.program import Cli
from tests.helpers.scenes import encode, scene

EXAMPLES = int(os.environ.get("DATATOOL_EXAMPLES", "5"))
SPELLED = st.sampled_from(["{0}.jpg", "./{0}.jpg", "../{1}/{0}.jpg", "linked/{0}.jpg", "in/{0}.jpg", "gone {0}.jpg"])
ROWS = st.lists(st.tuples(st.integers(0, 3), SPELLED, st.integers(0, 1)), min_size=2, max_size=12)


@pytest.fixture
def overlapping(tmp_path: Path) -> Path:
    """Two lists with roots of their own that reach the same files, one of them damaged."""
    (tmp_path / "images").mkdir()
    for number in range(6):
        data = encode(scene(number, height=48, width=48), "jpeg")
        (tmp_path / "images" / f"im{number}.jpg").write_bytes(data if number else data[:-40])
    (tmp_path / "a.txt").write_text("".join(f"im{number}.jpg {2 * (number % 2)}\n" for number in range(6)))
    (tmp_path / "b.txt").write_text("".join(f"images/im{number}.jpg {2 * (number % 2)}\n" for number in range(6)))
    (tmp_path / "dataset.yaml").write_text("train: [{list: a.txt, root: images}, {list: b.txt, root: .}]\n")
    return tmp_path


def lines(folder: Path) -> int:
    return sum(len(file.read_text().splitlines()) for file in folder.glob("t*.txt")) + sum(
        len(file.read_text().splitlines()) for file in folder.glob("val*.txt")
    )


COMMANDS = {
    "split": ["--val", "0.3"],
    "clean": ["--images", "--drop", "E401"],
    "relabel": [],
    "prepare": ["--short-side", "32"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_run_again_writes_every_row_once(cli: Cli, overlapping: Path, command: str) -> None:
    for turn in range(3):
        out = overlapping / f"out{turn}"
        done = cli(command, overlapping / "dataset.yaml", *COMMANDS[command], "-o", out)
        assert done.code == 0, done.err
        assert lines(out) == 12


def test_an_audit_run_again_counts_the_same(cli: Cli, overlapping: Path) -> None:
    documents = [
        json.loads(cli("audit", overlapping / "dataset.yaml", "--images", "--json").out)["findings"] for _ in range(3)
    ]
    counts = [{one["code"]: one["count"] for one in findings} for findings in documents]
    assert counts[0]["W403"] == 2
    assert counts == [counts[0]] * 3


def test_a_plan_and_its_list_hold_every_row_once(cli: Cli, overlapping: Path) -> None:
    for _ in range(2):
        done = cli(
            "balance", overlapping / "dataset.yaml", "--strategy", "natural", "--out", overlapping / "a.plan",
            "--export-list", overlapping / "list.txt",
        )  # fmt: skip
        assert done.code == 0, done.err
        assert set(Counter((overlapping / "list.txt").read_text().splitlines()).values()) == {2}


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["images", "."]), ROWS), min_size=1, max_size=3))
def test_random_lists_keep_every_row_in_every_repair(
    tmp_path: Path, parts: list[tuple[str, list[tuple[int, str, int]]]]
) -> None:
    folder = tmp_path / "data"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images" / "in").mkdir(parents=True)
    for number in range(4):
        (folder / "images" / f"{number}.jpg").write_bytes(encode(scene(number // 2, height=32, width=32), "jpeg"))
        (folder / "images" / "in" / f"{number}.jpg").symlink_to(f"../{number}.jpg")
    (folder / "images" / "linked").symlink_to("../images")
    (folder / "linked").symlink_to("images")
    told, total = [], 0
    for place, (root, rows) in enumerate(parts):
        name = "data" if root == "." else "images"
        (folder / f"{place}.txt").write_text(
            "".join(f"{form.format(number, name)}\t{label}\n" for number, form, label in rows)
            + f"kept {place}.jpg\t0\n"
        )
        told.append({"list": f"{place}.txt", "root": root})
        total += len(rows) + 1
    (folder / "dataset.yaml").write_text(yaml.safe_dump({"train": [*told, told[0]]}))
    total += len(parts[0][1]) + 1
    options, cache = AuditOptions(images=True, image_cache=folder / "cache", allow_outside_root=True), folder / "cache"
    seen = []
    for turn in range(2):
        with open_rows(resolve(str(folder / "dataset.yaml"))) as rows_of:
            seen.append([(one.code, one.count) for one in audit(rows_of, options=options).findings])
        with open_rows(resolve(str(folder / "dataset.yaml"))) as rows_of:
            out = folder / f"split{turn}"
            made = split(rows_of, out=out, val=0.3, engine=open_engine(None), cache=cache)
            assert made.rows == total
        with open_rows(resolve(str(folder / "dataset.yaml"))) as rows_of:
            assert relabel(rows_of, out=folder / f"relabel{turn}").rows == total
        with open_rows(resolve(str(folder / "dataset.yaml"))) as rows_of:
            made = clean(rows_of, drop=["W302", "E301", "E504"], out=folder / f"clean{turn}", options=options)
            assert made.rows + sum(made.rejected.values()) == total
    assert seen[0] == seen[1]


def test_a_row_that_is_lost_or_doubled_is_our_fault() -> None:
    require_conserved(read=3, written=2, left_out=1)
    for written in (1, 3):
        with pytest.raises(RuntimeError, match=f"each once; got 3 read, {written} written and 1 left out"):
            require_conserved(read=3, written=written, left_out=1)
