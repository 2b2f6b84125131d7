"""The same batches from files and from buckets, whole objects and members of shards, whatever stands between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.balance import make_plan
from datatool.errors import LoaderError
from datatool.loader import BalancedLoader, Batch, EvalLoader
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from datatool.storage import locate_rows
from tests.helpers.buckets import Bucket
from tests.helpers.containers import named_pictures, write_files, write_tar, write_zip
from tests.helpers.written_plans import LOADER_OPTIONS, pixels

KINDS = ("objects", "tar", "zip", "http")


def _plan(dataset: str, out: Path, **options: Any) -> Path:
    with open_rows(resolve(dataset, **options)) as rows:
        make_plan(rows, strategy="oversample", out=out, seed=3)
    return out


class _Plans(dict[str, Path]):
    """Plans by kind, each made when it is first asked for."""

    def __init__(self, folder: Path, datasets: dict[str, str]) -> None:
        super().__init__()
        self._folder, self._datasets = folder, datasets

    def __missing__(self, kind: str) -> Path:
        self[kind] = _plan(self._datasets[kind], self._folder / f"{kind}.plan")
        return self[kind]


@pytest.fixture
def plans(tmp_path: Path, bucket: Bucket) -> dict[str, Path]:
    """One data set as files, as objects, and as members of shards in a bucket, each with its plan."""
    files = named_pictures()
    listed = write_files(tmp_path / "files", files)
    bucket.put_folder("files", tmp_path / "files")
    half = dict(list(files.items())[: len(files) // 2])
    bucket.put("s-0.tar", write_tar(tmp_path / "s-0.tar", half))
    rest = {name: data for name, data in files.items() if name not in half}
    bucket.put("s-1.tar", write_tar(tmp_path / "s-1.tar", rest))
    bucket.put("all.zip", write_zip(tmp_path / "all.zip", files))
    datasets = {
        "files": str(listed),
        "objects": f"{bucket.s3}/files/list.txt",
        "tar": f"{bucket.s3}/s-*.tar",
        "zip": f"{bucket.s3}/all.zip",
        "http": f"{bucket.http}/s-{{0..1}}.tar",
    }
    return _Plans(tmp_path, datasets)


def _batches(plan: Path, epoch: int = 1, **options: Any) -> list[Batch]:
    with BalancedLoader(plan, **{**LOADER_OPTIONS, **options}) as loader:
        return list(loader.epoch(epoch))


def test_plans_over_buckets_are_the_plan_over_files(plans: dict[str, Path]) -> None:
    expected = Plan.open(plans["files"])
    for kind in KINDS:
        actual = Plan.open(plans[kind])
        assert actual.fingerprint == expected.fingerprint
        rows = actual.rows(np.arange(actual.num_rows))
        assert all(locator.startswith(("s3://", "http://")) for locator in locate_rows(rows))


def test_an_index_of_objects_is_no_longer_than_one_of_files(plans: dict[str, Path]) -> None:
    files, objects = (plans[kind] / "index.arrow" for kind in ("files", "objects"))
    assert abs(objects.stat().st_size - files.stat().st_size) < 512  # the root and the list, once for each batch


@pytest.mark.parametrize(
    "options",
    [{}, {"workers": "processes"}, {"engine": "dali"}, {"cache": 8}, {"io_threads": 1}, {"cache": None}],
    ids=str,
)
def test_batches_are_the_same_over_files_and_buckets(plans: dict[str, Path], options: dict[str, Any]) -> None:
    if options.get("engine") == "dali":
        pytest.importorskip("nvidia.dali")
        options = {**options, "device": "cpu"}
    expected = _batches(plans["files"], **options)
    for kind in KINDS:
        actual = _batches(plans[kind], **options)
        assert len(expected) == len(actual) > 1
        for one, other in zip(expected, actual, strict=True):
            assert np.array_equal(pixels([one]), pixels([other]))
            assert np.array_equal(one.rows, other.rows)


@pytest.mark.parametrize("kind", ["objects", "tar"])
def test_an_epoch_goes_on_over_a_bucket_where_it_stood_over_files_and_on_more_ranks(
    plans: dict[str, Path], kind: str
) -> None:
    whole = _batches(plans["files"])
    with BalancedLoader(plans["files"], **LOADER_OPTIONS) as loader:
        batches = loader.epoch(1)
        next(batches)
        state = loader.state_dict()
    parts = []
    size = LOADER_OPTIONS["batch_size"]
    for rank in range(2):
        options = {**LOADER_OPTIONS, "batch_size": size // 2, "rank": rank, "world_size": 2}
        with BalancedLoader(plans[kind], **options) as loader:
            loader.load_state_dict(state)
            parts.append(list(loader.epoch(1)))
    for expected, *halves in zip(whole[1:], *parts, strict=True):
        found = {
            int(position): image
            for half in halves
            for position, image in zip(half.positions.tolist(), pixels([half]), strict=True)
            if position >= 0
        }
        for position, image in zip(expected.positions.tolist(), pixels([expected]), strict=True):
            assert np.array_equal(found[int(position)], image)


def test_each_draw_is_one_get_and_none_where_the_picture_is_kept(plans: dict[str, Path], bucket: Bucket) -> None:
    plan = plans["tar"]
    for cache, most in ((None, 36), (64, 30)):
        before = len(bucket.server.gets)
        with BalancedLoader(plan, **{**LOADER_OPTIONS, "cache": cache, "views": 1}) as loader:
            for epoch in range(2):
                list(loader.epoch(epoch))
            stats = loader.stats()
        gets = len(bucket.server.gets) - before
        assert gets == stats["storage"]["gets"]
        assert gets == 2 * Plan.open(plan).epoch_size if cache is None else gets <= most


def test_a_missing_object_is_replaced_and_counted(plans: dict[str, Path], bucket: Bucket) -> None:
    gone = next(name for name in bucket.server.objects if name.endswith(".jpg"))
    del bucket.server.objects[gone]
    with BalancedLoader(plans["objects"], **{**LOADER_OPTIONS, "max_errors": 5}) as loader:
        rows = [row for batch in loader.epoch(0) for row in batch.rows.tolist()]
        [error] = loader.errors
    assert error.path == f"s3://{gone}"
    assert error.action == "replaced"
    assert len(rows) == Plan.open(plans["objects"]).epoch_size


@pytest.mark.parametrize("workers", ["threads", "processes"])
@pytest.mark.parametrize("status", [403, 503])
def test_a_store_that_is_down_ends_the_run(plans: dict[str, Path], bucket: Bucket, status: int, workers: str) -> None:
    with BalancedLoader(plans["tar"], **{**LOADER_OPTIONS, "workers": workers}) as loader:
        bucket.fault("s-0.tar", status)
        bucket.fault("s-1.tar", status)
        with pytest.raises(LoaderError, match=str(status)):
            list(loader.epoch(0))


def test_a_changed_shard_is_named_before_anything_starts(
    plans: dict[str, Path], bucket: Bucket, tmp_path: Path
) -> None:
    plan = plans["tar"]
    bucket.put("s-0.tar", write_tar(tmp_path / "other.tar", {"c0/000.jpg": b"other bytes"}))
    with pytest.raises(LoaderError, match=rf"{bucket.s3}/s-0\.tar"):
        BalancedLoader(plan, **LOADER_OPTIONS)


def test_another_root_is_another_bucket(plans: dict[str, Path], bucket: Bucket) -> None:
    expected = _batches(plans["files"])
    actual = _batches(plans["files"], root=f"{bucket.s3}/files")
    assert np.array_equal(pixels(expected), pixels(actual))


def test_evaluation_reads_buckets_too(plans: dict[str, Path]) -> None:
    options = {
        name: LOADER_OPTIONS[name] for name in ("batch_size", "image_size", "framework") if name in LOADER_OPTIONS
    }
    found = []
    for kind in ("files", "objects", "tar"):
        plan = Plan.open(plans[kind])
        with EvalLoader(locate_rows(plan.rows(np.arange(plan.num_rows))), **options) as loader:
            found.append(pixels(list(loader)))
            assert loader.errors == []
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_no_secret_is_written_into_a_plan(plans: dict[str, Path]) -> None:
    for kind in KINDS:
        for file in plans[kind].iterdir():
            assert b"the-secret-of-the-test" not in file.read_bytes()
            assert b"AKIDOFTHETEST" not in file.read_bytes()


@pytest.mark.parametrize("kind", ["objects", "tar"])
@pytest.mark.parametrize("options", [{}, {"workers": "processes"}, {"num_threads": 1, "io_threads": 2}], ids=str)
def test_the_byte_cache_changes_no_pixel_and_saves_requests(
    plans: dict[str, Path], bucket: Bucket, tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    expected = [pixels(_batches(plans["files"], epoch)) for epoch in range(3)]
    cache = tmp_path / "cache"
    kept = {**LOADER_OPTIONS, **options, "storage_cache": cache, "storage_cache_bytes": 4 << 20}
    with BalancedLoader(plans[kind], **kept) as loader:
        for epoch in range(2):
            assert np.array_equal(pixels(list(loader.epoch(epoch))), expected[epoch])
        for name in ("bytes.slab", "bytes.index"):
            file = cache / name
            file.write_bytes(bytes(file.stat().st_size))  # emptied between two epochs
        assert np.array_equal(pixels(list(loader.epoch(2))), expected[2])
        stats = loader.stats()["storage"]
    assert stats["gets"] + stats["cache_hits"] == 3 * Plan.open(plans[kind]).epoch_size
    assert stats["cache_hits"] > stats["gets"] / 2


def test_a_run_resumes_exactly_with_the_cache_of_the_run_before(
    plans: dict[str, Path], bucket: Bucket, tmp_path: Path
) -> None:
    kept = {**LOADER_OPTIONS, "storage_cache": tmp_path / "cache", "storage_cache_bytes": 4 << 20}
    whole = _batches(plans["files"])
    with BalancedLoader(plans["tar"], **kept) as loader:
        batches = loader.epoch(1)
        next(batches)
        state = loader.state_dict()
    with BalancedLoader(plans["tar"], **kept) as loader:
        loader.load_state_dict(state)
        assert np.array_equal(pixels(list(loader.epoch(1))), pixels(whole[1:]))
        assert loader.stats()["storage"]["cache_hits"] > 0


def test_all_ranks_of_a_machine_draw_what_their_machine_draws() -> None:
    from datatool.loader._machine import machine_sampler, uses_of
    from datatool.samplers import BalancedSampler
    from tests.helpers.memory_plans import memory_plan

    plan = memory_plan([50, 20, 3])
    samplers = [BalancedSampler(plan, batch_size=4, rank=rank, world_size=4) for rank in range(4)]
    for sampler in samplers:
        machine = machine_sampler(sampler, 2)
        assert (machine.shards.batch_size, machine.shards.world_size) == (8, 2)
        assert machine.shards.rank == sampler.shards.rank // 2
        assert set(sampler.batch(0, 1)) <= set(machine.batch(0, 1))
        positions = sampler.positions(0, 1)
        uses = uses_of(machine, 1, positions, machine.next_uses(1, positions))
        assert uses.now == plan.epoch_size + positions[0]
    assert machine_sampler(samplers[0], 3) is samplers[0]
