"""Pictures inside of Arrow and Parquet files are trained on where they lie, as if they were files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from datatool.balance import make_plan
from datatool.errors import LoaderError
from datatool.loader import BalancedLoader, Batch
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from datatool.storage import Member, locate_rows
from tests.helpers.containers import named_pictures, write_files
from tests.helpers.image_tables import WRITERS, images_table, write_plain
from tests.helpers.written_plans import LOADER_OPTIONS, pixels

KINDS = ["arrow", "feather", "parquet", "binary", "parquets"]


def _plan(dataset: object, out: Path) -> Path:
    with open_rows(resolve(str(dataset))) as rows:
        make_plan(rows, strategy="oversample", out=out, seed=3)
    return out


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One data set as files, in a table of each kind, as bytes alone and in two tables, each with its plan."""
    folder, files = tmp_path_factory.mktemp("tables"), named_pictures()
    table = images_table(files)
    given: dict[str, Path] = {"files": write_files(folder / "files", files)}
    given |= {kind: write(folder / f"all.{kind}", table) for kind, write in WRITERS.items()}
    given["binary"] = write_plain(folder / "binary.parquet", images_table(files, is_struct=False))
    write_plain(folder / "s-0.parquet", table.slice(0, 11))
    write_plain(folder / "s-1.parquet", table.slice(11), data_page_version="2.0")
    given["parquets"] = folder / "s-*.parquet"
    return {kind: _plan(path, folder / f"{kind}.plan") for kind, path in given.items()}


def _batches(plan: Path, epoch: int = 1, **options: Any) -> list[Batch]:
    with BalancedLoader(plan, **{**LOADER_OPTIONS, **options}) as loader:
        return list(loader.epoch(epoch))


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_of_a_plan_has_its_place(plans: dict[str, Path], kind: str) -> None:
    """So that nothing is decoded from a table while a model trains; 20 bytes a row, and the containers are named."""
    plan = Plan.open(plans[kind])
    assert all(isinstance(each, Member) for each in locate_rows(plan.rows(np.arange(plan.num_rows))))
    assert len(plan.containers) == (2 if kind == "parquets" else 1)
    with pa.OSFile(str(plans[kind] / "index.arrow")) as source:
        schema = pa.ipc.open_file(source).schema
    widths = {"container": 4, "offset": 8, "length": 8}
    assert {name: schema.field(name).type for name in widths} == {
        "container": pa.dictionary(pa.int32(), pa.string()), "offset": pa.int64(), "length": pa.int64(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *((kind, {}) for kind in KINDS),
        *((kind, {"workers": "processes"}) for kind in ("arrow", "parquet")),
        *((kind, {"engine": "dali", "device": "cpu"}) for kind in ("arrow", "parquet")),
        ("parquet", {"cache": 8}),
    ],
    ids=str,
)
def test_batches_are_those_of_files(plans: dict[str, Path], kind: str, options: dict[str, Any]) -> None:
    """Pixels, rows and labels, with every engine."""
    if options.get("engine") == "dali":
        pytest.importorskip("nvidia.dali")
    expected, actual = (_batches(plans[each], **options) for each in ("files", kind))
    assert len(expected) == len(actual) > 1
    for one, other in zip(expected, actual, strict=True):
        assert np.array_equal(pixels([one]), pixels([other]))
        assert np.array_equal(one.rows, other.rows)
        assert np.array_equal(one.labels, other.labels)


@pytest.mark.parametrize("kind", ["arrow", "parquet"])
def test_an_epoch_goes_on_where_it_stood(plans: dict[str, Path], kind: str) -> None:
    """In the middle of it, after another process."""
    with BalancedLoader(plans[kind], **LOADER_OPTIONS) as loader:
        batches = loader.epoch(1)
        next(batches)
        state, expected = loader.state_dict(), list(batches)
    with BalancedLoader(plans[kind], **LOADER_OPTIONS) as loader:
        loader.load_state_dict(state)
        assert np.array_equal(pixels(list(loader.epoch(1))), pixels(expected))


@pytest.mark.parametrize("kind", ["arrow", "parquet"])
def test_a_table_that_changed_is_named_and_one_that_moved_is_found(tmp_path: Path, kind: str) -> None:
    """When the loader opens and while it reads; another root is where the table is looked for by its name."""
    table = images_table(named_pictures())
    path = WRITERS[kind](tmp_path / f"t.{kind}", table)
    plan = _plan(path, tmp_path / "p.plan")
    expected = _batches(plan)
    with BalancedLoader(plan, **LOADER_OPTIONS) as loader:
        before = path.stat()
        WRITERS[kind](path, table.slice(1))
        with pytest.raises(LoaderError, match=rf"t\.{kind}' with .* instead of .*datatool balance"):
            list(loader.epoch(0))
    with pytest.raises(LoaderError, match="must be as it was"):
        BalancedLoader(plan, **LOADER_OPTIONS)
    path.unlink()
    (tmp_path / "moved").mkdir()
    moved = WRITERS[kind](tmp_path / "moved" / path.name, table)
    os.utime(moved, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert np.array_equal(pixels(_batches(plan, root=tmp_path / "moved")), pixels(expected))


def test_a_row_without_bytes_is_replaced_and_named(tmp_path: Path) -> None:
    """As a file that is not there is."""
    files = named_pictures()
    table = images_table(files)
    rows = table.column("image").to_pylist()
    rows[4] = {"bytes": None, "path": "gone.jpg"}
    rows[5] = {"bytes": b"", "path": "empty.jpg"}
    table = table.set_column(0, "image", pa.array(rows, table.schema.field("image").type))
    plan = _plan(write_plain(tmp_path / "t.parquet", table), tmp_path / "p.plan")
    with BalancedLoader(plan, **LOADER_OPTIONS) as loader:
        assert len(list(loader.epoch(0))) > 1
        reasons = {error.path.rpartition("/")[2]: error.reason for error in loader.errors}
    assert "the row holds no bytes" in reasons["gone.jpg"]
    assert set(reasons) == {"gone.jpg", "empty.jpg"}
