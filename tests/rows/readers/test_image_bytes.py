"""Tables that hold the images themselves."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from datatool.audit import AuditOptions, audit
from datatool.rows import listed_paths, open_rows, resolve
from datatool.storage import StorageError, in_table, is_file, locate, signature
from datatool.storage import read as read_bytes

Read = Callable[..., list[tuple[Any, ...]]]
NAMES = ["cat", "dog", "cat", "dog", "cat", "dog"]


def picture(seed: int, kind: str = "PNG") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (24, 24, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, kind)
    return data.getvalue()


def images() -> list[bytes | None]:
    """Two with one content, one that is none, and a row without any."""
    return [picture(0), picture(1), picture(0), b"no picture", picture(4), None]


def _struct() -> Any:
    rows = [
        {"bytes": data, "path": name} for data, name in zip(images(), ["x.png", "/a/../y.png", None] * 2, strict=True)
    ]
    return pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


def _write(path: Path, column: Any) -> Path:
    table = pa.table({"image": column, "label": NAMES, "more": range(6)})
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=4)
    else:
        make = pa.ipc.new_file if path.suffix == ".feather" else pa.ipc.new_stream
        with make(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    return path


@pytest.fixture(params=["a.parquet", "a.feather", "a.arrow"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return _write(tmp_path / request.param, _struct())


def test_rows_are_paths_below_their_table_and_column(named: Path, read: Read) -> None:
    found = read(named, "path, label, root::VARCHAR, line")
    assert [row[0] for row in found] == [
        "00000001/x.png", "00000002/a/y.png", "00000003", "00000004/x.png", "00000005/a/y.png", "00000006",
    ]  # fmt: skip
    assert [row[1:] for row in found] == [(place % 2, f"{named}/image", place + 1) for place in range(6)]


def test_the_storage_door_reads_a_row_as_it_reads_a_file(named: Path, read: Read) -> None:
    locators = [locate(root, path) for path, root in read_places(named)]
    for locator, data in reversed(list(zip(locators, images(), strict=True))):
        if data is None:
            continue
        assert read_bytes(locator, max_bytes=1 << 20) == data
        assert signature(locator).size == len(data)
    assert [is_file(locator) for locator in locators] == [True] * 6
    assert in_table(f"{named}/image") == str(named)
    assert in_table(named.parent) is None
    for wrong in (f"{named}/image/00000007", f"{named}/other/00000001", f"{named}/image/0", f"{named}/image/x"):
        with pytest.raises(StorageError):
            read_bytes(wrong, max_bytes=1 << 20)
    with pytest.raises(StorageError, match="more than a picture"):
        read_bytes(locators[0], max_bytes=10)


def read_places(path: Path) -> list[tuple[str, str]]:
    with open_rows(resolve(str(path))) as rows:
        found: list[tuple[str, str]] = (
            rows.read().execute("SELECT path, root::VARCHAR FROM rows ORDER BY line").fetchall()
        )
    return found


def test_images_are_audited_as_they_stand(named: Path) -> None:
    with open_rows(resolve(str(named))) as rows:
        document = audit(rows, options=AuditOptions(images=True, image_cache=None))
    found = {finding.code: [example.line for example in finding.examples] for finding in document.findings}
    assert document.rows == 6
    assert found["E402"] == [4, 6]
    assert "E401" not in found
    assert "E301" not in found
    assert "W302" not in found
    assert document.images is not None
    assert dict(document.images.formats) == {"png": 4}


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_bytes_alone_are_images_where_they_look_like_some(tmp_path: Path, read: Read, suffix: str) -> None:
    path = _write(tmp_path / f"a{suffix}", pa.array(images(), pa.large_binary()))
    assert [row[0] for row in read(path)] == [f"0000000{number}" for number in range(1, 7)]
    with open_rows(resolve(str(path))) as rows:
        document = audit(rows, options=AuditOptions(images=True, image_cache=None))
    assert [finding.count for finding in document.findings if finding.code == "E402"] == [2]


def test_an_image_with_a_path_alone_is_a_path(tmp_path: Path, read: Read) -> None:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    column = pa.array([{"bytes": None, "path": f"{n}.png"} for n in range(6)], kind)
    path = _write(tmp_path / "a.parquet", column)
    assert [row[0] for row in read(path, "path, root::VARCHAR")] == [f"{n}.png" for n in range(6)]


def test_paths_of_images_in_tables_need_no_label(named: Path) -> None:
    found = [one.path for one in listed_paths(resolve(str(named)))]
    assert found[0] == f"{named}/image/00000001/x.png"
    assert read_bytes(str(found[1]), max_bytes=1 << 20) == picture(1)


def test_another_root_does_not_move_images_that_lie_in_a_table(named: Path, read: Read, tmp_path: Path) -> None:
    assert {row[0] for row in read(named, "root::VARCHAR", root=str(tmp_path / "else"))} == {f"{named}/image"}


@pytest.mark.filterwarnings("ignore")
def test_data_sets_of_hugging_face_keep_their_images_inside(tmp_path: Path, read: Read) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"])})
    labels = [0, 1, 0, 1, 1]
    rows = {"image": [{"bytes": picture(n), "path": None} for n in range(5)], "label": labels}
    made = datasets.Dataset.from_dict(rows, features=features)
    made.to_parquet(str(tmp_path / "a.parquet"))
    made.save_to_disk(tmp_path / "saved", num_shards=2)
    for path in (tmp_path / "a.parquet", tmp_path / "saved"):
        with open_rows(resolve(str(path))) as opened:
            places = opened.read().execute("SELECT root::VARCHAR, path, label FROM rows ORDER BY file, line").fetchall()
            assert opened.names == {0: "cat", 1: "dog"}
        found = [(read_bytes(locate(root, name), max_bytes=1 << 20), label) for root, name, label in places]
        assert found == [(picture(n), label) for n, label in enumerate(labels)]


def test_a_damaged_table_is_an_unreadable_image_and_no_crash(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.parquet", _struct())
    data = bytearray(path.read_bytes())
    data[20:-4000] = bytes(len(data) - 4020)
    places = [locate(root, name) for name, root in read_places(path)]
    path.write_bytes(bytes(data))
    with pytest.raises(StorageError):
        read_bytes(places[0], max_bytes=1 << 20)
