"""The same batches from files, tars and zips, and what happens where a container changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from datatool.balance import export_list, make_plan
from datatool.errors import DatasetError, LoaderError, PlanError
from datatool.loader import BalancedLoader, Batch
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan, verify_plan
from datatool.schemas._ipc import batch_places
from datatool.storage import Member, locate_rows
from tests.helpers.containers import named_pictures, write_files, write_tar, write_zip
from tests.helpers.written_plans import LOADER_OPTIONS, pixels

NAMES = "".join(f"{label} c{label}\n" for label in range(3))


def _plan(dataset: object, out: Path) -> Path:
    with open_rows(resolve(str(dataset))) as rows:
        make_plan(rows, strategy="oversample", out=out, seed=3)
    return out


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One data set as files, as one tar, as two tars and as a zip, each with its plan."""
    folder, files = tmp_path_factory.mktemp("plans"), named_pictures()
    half = dict(list(files.items())[: len(files) // 2])
    write_tar(folder / "s-0.tar", half)
    write_tar(folder / "s-1.tar", {name: data for name, data in files.items() if name not in half})
    given = {
        "files": write_files(folder / "files", files),
        "tar": write_tar(folder / "all.tar", files),
        "tars": folder / "s-*.tar",
        "zip": write_zip(folder / "all.zip", files),
    }
    return {kind: _plan(path, folder / f"{kind}.plan") for kind, path in given.items()}


def _batches(plan: Path, epoch: int = 1, **options: Any) -> list[Batch]:
    with BalancedLoader(plan, **{**LOADER_OPTIONS, **options}) as loader:
        return list(loader.epoch(epoch))


@pytest.mark.parametrize("kind", ["tar", "tars", "zip"])
def test_a_plan_over_containers_is_the_plan_over_files(plans: dict[str, Path], kind: str) -> None:
    files, other = Plan.open(plans["files"]), Plan.open(plans[kind])
    assert other.fingerprint == files.fingerprint
    assert verify_plan(plans[kind]) == []
    rows = other.rows(np.arange(other.num_rows))
    assert rows.path == files.rows(np.arange(files.num_rows)).path
    assert all(isinstance(locator, Member) for locator in locate_rows(rows))


@pytest.mark.parametrize("options", [{}, {"workers": "processes"}, {"engine": "dali"}, {"cache": 8}], ids=str)
@pytest.mark.parametrize("kind", ["tar", "tars", "zip"])
def test_batches_are_the_same_over_files_and_containers(
    plans: dict[str, Path], kind: str, options: dict[str, Any]
) -> None:
    if options.get("engine") == "dali":
        pytest.importorskip("nvidia.dali")
        options = {**options, "device": "cpu"}
    expected, actual = (_batches(plans[each], **options) for each in ("files", kind))
    assert len(expected) == len(actual) > 1
    for one, other in zip(expected, actual, strict=True):
        assert np.array_equal(pixels([one]), pixels([other]))
        assert np.array_equal(one.rows, other.rows)


def test_an_epoch_goes_on_over_a_tar_where_it_stood_over_files_and_on_more_ranks(plans: dict[str, Path]) -> None:
    with BalancedLoader(plans["files"], **LOADER_OPTIONS) as loader:
        batches = loader.epoch(1)
        next(batches)
        state = loader.state_dict()
        expected = list(batches)
    ranks = []
    for rank in range(2):
        options = {**LOADER_OPTIONS, "batch_size": LOADER_OPTIONS["batch_size"] // 2, "rank": rank, "world_size": 2}
        with BalancedLoader(plans["tars"], **options) as loader:
            loader.load_state_dict(state)
            ranks.append(list(loader.epoch(1)))
    for whole, *parts in zip(expected, *ranks, strict=True):
        shown = {
            position: image.tobytes()
            for part in parts
            for position, image in zip(part.positions.tolist(), part.images, strict=True)
            if position >= 0
        }
        assert shown == {
            position: image.tobytes() for position, image in zip(whole.positions.tolist(), whole.images, strict=True)
        }


def test_a_container_that_changed_is_refused_when_the_loader_opens_and_while_it_reads(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "s.tar", named_pictures())
    plan = _plan(tar, tmp_path / "p.plan")
    with BalancedLoader(plan, **LOADER_OPTIONS) as loader:
        os.utime(tar, ns=(1, 1))
        with pytest.raises(LoaderError, match=r"s\.tar' with another modification time"):
            list(loader.epoch(0))
    with pytest.raises(LoaderError, match=r"a container must be as it was.*datatool balance"):
        BalancedLoader(plan, **LOADER_OPTIONS)


def test_a_member_that_is_no_picture_is_replaced_and_named_by_container_and_name(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "s.tar", {**named_pictures(), "c1/bad.jpg": b"no picture"})
    with BalancedLoader(_plan(tar, tmp_path / "p.plan"), **LOADER_OPTIONS) as loader:
        list(loader.epoch(0))
        assert [error.path for error in loader.errors] == [f"{tar}/c1/bad.jpg"]


def test_containers_are_found_under_another_root(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "old" / "s.tar", named_pictures())
    plan = _plan(tar, tmp_path / "p.plan")
    expected = _batches(plan)
    (tmp_path / "old").rename(tmp_path / "new")
    with pytest.raises(LoaderError, match="none of the first"):
        _batches(plan)
    assert np.array_equal(pixels(_batches(plan, root=tmp_path / "new")), pixels(expected))


def test_plans_of_files_and_members_mix(tmp_path: Path) -> None:
    files = named_pictures()
    write_files(tmp_path, {name: data for name, data in files.items() if name.startswith("c0")})
    write_tar(tmp_path / "s.tar", {name: data for name, data in files.items() if not name.startswith("c0")})
    (tmp_path / "names.txt").write_text(NAMES)
    data = tmp_path / "dataset.yaml"
    data.write_text("schema: datatool.dataset/1\nnames: names.txt\ntrain: [{list: list.txt}, {shards: s.tar}]\n")
    plan = _plan(data, tmp_path / "p.plan")
    table = pa.ipc.open_file(plan / "index.arrow").read_all()
    assert table.column("container").null_count == table.column("offset").null_count > 0
    for row in table.select(["path", "container", "offset", "length"]).to_pylist():
        if row["container"] is None:
            assert (tmp_path / row["path"]).read_bytes() == files[row["path"]]
        else:
            data_ = (plan / row["container"]).read_bytes()
            assert data_[row["offset"] : row["offset"] + row["length"]] == files[row["path"]]
    assert len(_batches(plan)) > 1


def test_an_index_without_containers_has_no_column_for_them(plans: dict[str, Path]) -> None:
    plain = pa.ipc.open_file(plans["files"] / "index.arrow").schema.names
    assert plain == ["path", "root", "label", "source", "weight", "file", "line"]
    assert pa.ipc.open_file(plans["tar"] / "index.arrow").schema.names == [*plain, "container", "offset", "length"]


def test_a_place_outside_its_container_is_a_damaged_plan(plans: dict[str, Path], tmp_path: Path) -> None:
    plan = tmp_path / "p.plan"
    plan.mkdir()
    for file in plans["tar"].iterdir():
        (plan / file.name).write_bytes(file.read_bytes())
    index = bytearray((plan / "index.arrow").read_bytes())
    with (plan / "index.arrow").open("rb") as stream:
        at = batch_places(stream.fileno())[0].buffers[18][0]  # values of `offset`
    index[at : at + 8] = (1 << 40).to_bytes(8, "little")
    (plan / "index.arrow").write_bytes(index)
    with pytest.raises(PlanError, match="in none of its 1 containers"):
        opened = Plan.open(plan)
        opened.rows(np.arange(opened.num_rows))


def test_places_take_20_bytes_a_row(tmp_path: Path) -> None:
    names = [f"c{number % 2}/{number:06d}.jpg" for number in range(20_000)]
    write_tar(tmp_path / "s.tar", dict.fromkeys(names, b""))
    (tmp_path / "list.txt").write_text("".join(f"{name} {name[1]}\n" for name in names))
    sizes = []
    for number, root in enumerate((tmp_path, tmp_path / "s.tar")):
        with open_rows(resolve(str(tmp_path / "list.txt"), root=root)) as rows:
            plan = make_plan(rows, strategy="natural", out=tmp_path / f"{number}.plan")
        sizes.append((plan.folder / "index.arrow").stat().st_size)
    assert 20.0 <= (sizes[1] - sizes[0]) / len(names) <= 20.1


def test_plans_of_plain_files_have_no_columns_for_places(plans: dict[str, Path]) -> None:
    places = {"container", "offset", "length"}
    columns = {kind: set(pa.ipc.open_file(str(plan / "index.arrow")).schema.names) for kind, plan in plans.items()}
    files = columns.pop("files")
    assert files.isdisjoint(places)
    assert all(found == files | places for found in columns.values())


def test_a_list_for_other_trainers_is_refused_of_rows_in_containers(plans: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"must name files; got rows in '.*all\.tar'"):
        export_list(Plan.open(plans["tar"]), tmp_path / "list.txt")
