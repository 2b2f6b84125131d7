"""Images inside of tables on a bucket, trained on where they lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from datatool.balance import make_plan
from datatool.errors import DatasetError
from datatool.loader import BalancedLoader
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from datatool.storage import ChangedError, read
from tests.helpers.buckets import Bucket
from tests.helpers.containers import named_pictures
from tests.helpers.image_tables import WRITERS, images_table, write_plain
from tests.helpers.moto_bucket import MotoBucket
from tests.helpers.program import Cli
from tests.helpers.written_plans import LOADER_OPTIONS, pixels

NAMES = {"arrow": "a.arrow", "feather": "a.feather", "parquet": "a.parquet"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies and places of tables are kept under it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "datatool"


def _plan(dataset: object, out: Path) -> Plan:
    with open_rows(resolve(str(dataset))) as rows:
        return make_plan(rows, strategy="oversample", out=out, seed=5)


def _batches(plan: Plan) -> Any:
    with BalancedLoader(plan.folder, **LOADER_OPTIONS) as loader:
        return pixels(list(loader.epoch(1)))


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("is_struct", [True, False])
def test_a_table_on_a_bucket_gives_the_plan_and_the_batches_of_the_local_one(
    moto: MotoBucket, tmp_path: Path, kind: str, is_struct: bool
) -> None:
    table = images_table(named_pictures(20), is_struct=is_struct)
    local = WRITERS[kind](tmp_path / NAMES[kind], table)
    url = moto.put(f"my sets/{NAMES[kind]}", local)
    first, again = _plan(local, tmp_path / "first.plan"), _plan(url, tmp_path / "again.plan")
    assert again.fingerprint == first.fingerprint
    [container] = again.containers
    assert (container.path, container.size, bool(container.etag)) == (url, local.stat().st_size, True)
    assert again.roots == [f"{url}/image"]
    assert np.array_equal(_batches(first), _batches(again))


def test_a_later_command_reads_no_table_again(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found of a table is kept by its URL, size and ETag; another ETag is read anew."""
    local = write_plain(tmp_path / "a.parquet", images_table(named_pictures(20)))
    url = bucket.put("a.parquet", local)
    first = _plan(url, tmp_path / "first.plan")

    def forget() -> None:
        monkeypatch.setattr("datatool.storage.places._row_places._held", type(_held())())
        monkeypatch.setattr("datatool.storage.remote._objects._states", {})

    forget()
    before = bucket.gets("a.parquet")
    assert _plan(url, tmp_path / "again.plan").fingerprint == first.fingerprint
    assert bucket.gets("a.parquet") - before <= 2  # the footer, for the names of its columns
    bucket.put("a.parquet", write_plain(tmp_path / "b.parquet", images_table(named_pictures(21))))
    with pytest.raises(ChangedError, match=r"a\.parquet"):
        _batches(first)
    forget()
    assert _plan(url, tmp_path / "new.plan").num_rows == 21


def _held() -> Any:
    from datatool.storage.places import _row_places

    return _row_places._held


def test_only_what_is_asked_for_is_read_of_an_arrow_file_once_it_is_known(bucket: Bucket, tmp_path: Path) -> None:
    files = named_pictures(20)
    url = bucket.put("a.arrow", WRITERS["feather"](tmp_path / "a.arrow", images_table(files)))
    plan = _plan(url, tmp_path / "a.plan")
    before = len(bucket.server.gets)
    _batches(plan)
    drawn = bucket.server.gets[before:]
    sizes = [int(last) - int(first) + 1 for _, asked in drawn for first, last in [asked[6:].split("-")]]
    assert set(sizes) <= set(map(len, files.values()))


def test_rows_are_read_by_their_names_too(bucket: Bucket, tmp_path: Path) -> None:
    files = named_pictures(4)
    url = bucket.put("a.parquet", write_plain(tmp_path / "a.parquet", images_table(files)))
    name = list(files)[2]
    assert read(f"{url}/image/00000003/{name}", max_bytes=1 << 20) == files[name]
    with pytest.raises(Exception, match="No such file"):
        read(f"{url}/image/00000009/{name}", max_bytes=1 << 20)


def test_rows_without_an_image_are_faults_and_no_batch_has_one(bucket: Bucket, tmp_path: Path, cli: Cli) -> None:
    files = named_pictures(6)
    rows = [{"bytes": data, "path": name} for name, data in files.items()] + [{"bytes": None, "path": None}]
    column = pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    table = pa.table({"image": column, "label": pa.array([*(int(name[1]) for name in files), 0])})
    local = write_plain(tmp_path / "a.parquet", table)
    url = bucket.put("a.parquet", local)
    audited = [cli("audit", place, "--images", "--json", "--fail-on", "never") for place in (local, url)]
    assert audited[1].code == 0, audited[1].err
    counts = [[(each["code"], each["count"]) for each in json.loads(one.out)["findings"]] for one in audited]
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("options", "said"),
    [({"compression": "snappy"}, "compressed with SNAPPY"), ({"use_dictionary": True}, "RLE_DICTIONARY")],
)
def test_pages_that_are_not_plain_are_named_with_the_way_on(
    bucket: Bucket, tmp_path: Path, cli: Cli, options: dict[str, Any], said: str
) -> None:
    files = named_pictures(8)
    url = bucket.put("a.parquet", write_plain(tmp_path / "a.parquet", images_table(files), **options))
    with pytest.raises(DatasetError, match=f"{said} inside of {url}.*datatool pack {url} -o DIR"):
        _plan(url, tmp_path / "no.plan")
    done = cli("pack", url, "-o", tmp_path / "packed", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["images"] == 8


def test_a_table_that_no_ending_tells_is_named(bucket: Bucket, tmp_path: Path) -> None:
    url = bucket.put("table", write_plain(tmp_path / "a.parquet", images_table(named_pictures(4))))
    with pytest.raises(DatasetError, match=r"named neither \.parquet nor \.arrow"):
        _plan(url, tmp_path / "no.plan")


def test_a_table_of_paths_is_read_as_before(bucket: Bucket, tmp_path: Path) -> None:
    files = named_pictures(6)
    for name, data in files.items():
        bucket.put(name, data)
    table = pa.table({"path": list(files), "label": [int(name[1]) for name in files]})
    url = bucket.put("list.parquet", write_plain(tmp_path / "l.parquet", table))
    plan = _plan(url, tmp_path / "a.plan")
    assert (plan.roots, plan.containers) == ([bucket.s3], [])


def test_a_saved_data_set_of_hugging_face_is_found_by_its_folder(moto: MotoBucket, tmp_path: Path) -> None:
    """With its splits, and in several files."""
    files = list(named_pictures(12).items())
    for split, some in (("train", files[:9]), ("test", files[9:])):
        folder = tmp_path / "saved" / split
        folder.mkdir(parents=True)
        halves = [dict(some[: len(some) // 2]), dict(some[len(some) // 2 :])]
        names = [f"data-0000{number}-of-00002.arrow" for number in range(2)]
        for name, half in zip(names, halves, strict=True):
            WRITERS["arrow"](folder / name, images_table(half))
        state = {"_data_files": [{"filename": name} for name in names], "_split": split}
        (folder / "state.json").write_text(json.dumps(state))
    (tmp_path / "saved" / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    for file in (tmp_path / "saved").rglob("*.*"):
        moto.put(f"saved/{file.relative_to(tmp_path / 'saved')}", file)
    url = f"{moto.url}/saved"
    first, again = _plan(tmp_path / "saved", tmp_path / "first.plan"), _plan(url, tmp_path / "again.plan")
    assert again.fingerprint == first.fingerprint
    assert again.num_rows == 9
    assert np.array_equal(_batches(first), _batches(again))
    assert _plan(f"{url}/train", tmp_path / "one.plan").num_rows == 9
