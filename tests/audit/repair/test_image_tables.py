"""Repairs of tables with the images inside, whose rows lists then name."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from datatool.audit import AuditOptions
from datatool.audit.images import open_engine
from datatool.audit.repair import clean, relabel, split
from datatool.balance import BalanceOptions, draft_plan
from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve
from datatool.storage import locate, read

NAMES = ["cat", "dog"] * 10


def _picture(seed: int) -> bytes:
    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (16, 16, 3), np.uint8)).save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [{"bytes": _picture(seed), "path": f"{seed % 3}.png"} for seed in range(19)]
    rows.append({"bytes": b"no picture", "path": ""})
    images = pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"image": images, "label": NAMES}), path, row_group_size=6)
    return path


def _pairs(path: Path) -> Counter[tuple[bytes, str]]:
    """Content and class name of every row."""
    with open_rows(resolve(str(path))) as rows:
        found = rows.read().execute("SELECT root::VARCHAR, path, label FROM rows").fetchall()
        names = rows.names or {}
    return Counter((read(locate(root, name), max_bytes=1 << 20), names[label]) for root, name, label in found)


def test_relabel_clean_and_split_keep_every_image_with_its_class(table: Path, tmp_path: Path) -> None:
    before = _pairs(table)
    options = AuditOptions(images=True, image_cache=None)
    with open_rows(resolve(str(table))) as rows:
        relabel(rows, out=tmp_path / "relabelled")
    with open_rows(resolve(str(tmp_path / "relabelled"))) as rows:
        clean(rows, drop=["E402"], out=tmp_path / "cleaned", options=options)
    with open_rows(resolve(str(tmp_path / "cleaned"))) as rows:
        split(rows, out=tmp_path / "split", val=0.2, engine=open_engine(None), cache=None)
    assert _pairs(tmp_path / "relabelled") == before
    left = before - Counter({(b"no picture", "dog"): 1})
    assert _pairs(tmp_path / "cleaned") == left
    assert _pairs(tmp_path / "split") == left


@pytest.mark.parametrize("repaired", [False, True])
def test_balance_says_that_compressed_pages_are_to_be_packed_first(table: Path, tmp_path: Path, repaired: bool) -> None:
    if repaired:
        with open_rows(resolve(str(table))) as rows:
            relabel(rows, out=tmp_path / "relabelled")
    path = tmp_path / "relabelled" if repaired else table
    said = rf"inside of \S*table.parquet.*datatool pack {path} -o DIR"
    with pytest.raises(DatasetError, match=said), open_rows(resolve(str(path))) as rows:
        draft_plan(rows, strategy="natural", seed=0, options=BalanceOptions())
