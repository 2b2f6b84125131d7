"""Pictures made to do harm: each is refused, by every program that opens pictures, within 2 GiB and 20 CPU seconds."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from tests.helpers.hostile import GOOD, HOSTILE, NAMES, assert_refused, bounded, hostile_folder
from tests.helpers.written_plans import write_plan

LOAD = """
import json, sys
from datatool import BalancedLoader
options = dict(batch_size=8, image_size=32, framework="numpy", max_errors=1.0, num_threads=2, device="cpu")
with BalancedLoader(sys.argv[1], **options, **json.loads(sys.argv[2])) as loader:
    rows = sorted({int(row) for batch in loader.epoch(0) for row in batch.rows})
    print(json.dumps({"rows": rows, "errors": {error.path: error.reason for error in loader.errors}}))
"""
EVALUATE = """
import json, sys
from datatool.loader import EvalLoader
paths = sys.argv[1:]
with EvalLoader(paths, [0] * len(paths), batch_size=8, image_size=32, framework="numpy", max_errors=1.0) as pictures:
    weights = [weight for batch in pictures for weight in batch.weights.tolist()]
    print(json.dumps({"weights": weights, "errors": {error.path: error.reason for error in pictures.errors}}))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return hostile_folder(tmp_path)


def test_the_audit_names_each_by_its_code(folder: Path) -> None:
    command = ["-m", "datatool", "audit", str(folder / "list.txt"), "--images", "--json"]
    done = bounded([*command, "--out", str(folder / "out")], folder)
    assert done.code == 1
    found = json.loads(done.out)["findings"]
    refused = [one for one in found if one["code"] in ("E402", "E405")]
    told = {line["text"].split()[0]: (one["code"], line["reason"]) for one in refused for line in one["examples"]}
    assert {name: code for name, (code, _) in told.items()} == dict(
        zip(NAMES, (code for code, _ in HOSTILE.values()), strict=True)
    )
    assert_refused({name: reason for name, (_, reason) in told.items()})


@pytest.mark.parametrize(
    "options", [{"engine": "threads"}, {"engine": "threads", "workers": "processes"}, {"engine": "dali"}], ids=str
)
def test_the_loader_replaces_each_and_goes_on(folder: Path, options: dict[str, str]) -> None:
    if options["engine"] == "dali" and importlib.util.find_spec("nvidia.dali") is None:
        pytest.skip("DALI is not installed")
    plan = write_plan(folder / "plan", folder, {0: [*NAMES, *GOOD]})
    script = folder / "load.py"
    script.write_text("if __name__ == '__main__':" + LOAD.replace("\n", "\n    ") + "\n")
    done = bounded([str(script), str(plan), json.dumps(options)], folder)
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["rows"] == [len(NAMES) + n for n in range(len(GOOD))]
    assert_refused(said["errors"])


def test_what_evaluates_and_predicts_leaves_each_out(folder: Path) -> None:
    script = folder / "evaluate.py"
    script.write_text(EVALUATE)
    done = bounded([str(script), *(str(folder / name) for name in [*GOOD, *NAMES])], folder)
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["weights"] == [1.0] * len(GOOD) + [0.0] * len(NAMES)
    assert_refused(said["errors"])


def test_prepare_copies_the_others(folder: Path) -> None:
    command = ["-m", "datatool", "prepare", str(folder / "list.txt"), "--short-side", "64", "--max-errors", "1.0"]
    done = bounded([*command, "-o", str(folder / "small")], folder)
    assert done.code == 0, done.err
    copies = sorted(path.name for path in (folder / "small").rglob("*.jpg"))
    assert copies == GOOD
