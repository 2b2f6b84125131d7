"""Damaged lists, tables, YAML and plans end in errors of ours only, in bounded memory.

``DATATOOL_FUZZ`` sets how many inputs are tried, ``DATATOOL_FUZZ_SEED`` which.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from datatool.balance import make_plan
from datatool.rows import open_rows, resolve
from tests.helpers.program import REPOSITORY

COUNT = int(os.environ.get("DATATOOL_FUZZ", "300"))
SEED = int(os.environ.get("DATATOOL_FUZZ_SEED", "0"))

_RECIPE = """model: {backbone: "paddle.vision:resnet18", pretrained: false}
data: {train: p.plan, batch_size: 8}
optimizer: {name: sgd, lr: 1e-2}
run: {epochs: 2, stages: [{optimizer: {lr: 0.1}}, {loss: {focal: 2.0}}]}
"""


def seeds(folder: Path) -> None:
    """Write one good file of each kind, and copies that are mutated."""
    kept = folder / "seeds"
    (kept / "p.plan").mkdir(parents=True)
    lines = "".join(f"a/{number}.jpg {number % 3}\n" for number in range(30))
    table = pa.table({"path": ["a.jpg", "b c.jpg"] * 9, "label": [0, 1] * 9, "source": ["real", "web"] * 9})
    (folder / "l.txt").write_text(lines)
    (folder / "l.txt.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    (folder / "names.txt").write_text('0 cat\n1 dog\n2 "a\\nb"\n')
    (folder / "t.csv").write_text('path,label,source\na.jpg,0,real\n"b,c.jpg",1,web\n')
    pq.write_table(table, folder / "t.parquet")
    pq.write_table(table, folder / "s.parquet", compression="none", use_dictionary=False)
    with pa.ipc.new_file(folder / "t.arrow", table.schema) as written:
        written.write_table(table)
    (folder / "t.jsonl").write_text('{"path": "a.jpg", "label": 0}\n{"path": "b \\u00e9.jpg", "label": 1}\n' * 5)
    _containers(folder)
    (folder / "d.yaml").write_text("train:\n- {list: l.txt, source: web}\n- {csv: t.csv}\nselect: [0, 1]\n")
    (folder / "r.yaml").write_text(_RECIPE)
    with open_rows(resolve(str(folder / "l.txt"))) as rows:
        make_plan(rows, strategy="oversample", out=folder / "p.plan")
    for name in (*(file.name for file in folder.iterdir() if file.is_file()), "p.plan/plan.json", "p.plan/index.arrow"):
        (kept / name).write_bytes((folder / name).read_bytes())


def _containers(folder: Path) -> None:
    """A tar and a zip with two pictures each, one in each of two class folders."""
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(picture, "JPEG")
    members = {f"{name}/{name}.jpg": picture.getvalue() for name in ("cat", "dog")}
    with tarfile.open(folder / "c.tar", "w") as tar, zipfile.ZipFile(folder / "c.zip", "w") as zipped:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
            zipped.writestr(name, content)


@pytest.mark.timeout(0)
def test_mutated_files_end_in_our_errors_only(tmp_path: Path) -> None:
    seeds(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.driver", str(tmp_path), str(SEED), str(COUNT)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )

    assert (run.returncode, run.stderr[-2_000:]) == (0, "")
    assert run.stdout == f"read {COUNT}\n"
