"""Tables of images as the libraries write them by default and plainly."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datatool.storage import NotInPlaceError, container_of
from datatool.storage.places import places_of

VALUES = [random.Random(seed).randbytes(900 + 37 * seed) for seed in range(60)]
LABELS = [seed % 3 for seed in range(60)]
Read = Callable[[Path], list[bytes]]


@pytest.fixture
def read() -> Read:
    def of(path: Path) -> list[bytes]:
        places, data = places_of(container_of(str(path)), "image"), path.read_bytes()
        spans = [places.span_at(row) for row in range(len(places.offset))]
        return [data[span.offset : span.offset + span.length] for span in spans if span is not None]

    return of


def test_pandas(tmp_path: Path, read: Read) -> None:
    """Without compression, the dictionary has to be left out too."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"image": VALUES, "label": LABELS})
    frame.to_parquet(tmp_path / "plain.parquet", compression=None, use_dictionary=False)
    frame.to_feather(tmp_path / "plain.feather", compression="uncompressed")
    assert read(tmp_path / "plain.parquet") == read(tmp_path / "plain.feather") == VALUES
    frame.to_parquet(tmp_path / "default.parquet")
    frame.to_feather(tmp_path / "default.feather")
    for name in ("default.parquet", "default.feather"):
        with pytest.raises(NotInPlaceError, match=r"compressed|DICTIONARY"):
            read(tmp_path / name)


def test_polars(tmp_path: Path, read: Read) -> None:
    """Its Arrow files hold views, old ones 64 bit offsets; its Parquet has dictionaries that cannot be left out."""
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"image": VALUES, "label": LABELS})
    frame.write_ipc(tmp_path / "view.arrow", compression="uncompressed")
    frame.write_ipc(tmp_path / "old.arrow", compression="uncompressed", compat_level=polars.CompatLevel.oldest())
    frame.write_ipc_stream(tmp_path / "stream.arrow", compression="uncompressed")
    for name in ("view.arrow", "old.arrow", "stream.arrow"):
        assert read(tmp_path / name) == VALUES
    frame.write_parquet(tmp_path / "plain.parquet", compression="uncompressed")
    frame.write_parquet(tmp_path / "default.parquet")
    for name, said in (("plain", "encoded as RLE_DICTIONARY"), ("default", "compressed with ZSTD")):
        with pytest.raises(NotInPlaceError, match=said):
            read(tmp_path / f"{name}.parquet")


@pytest.mark.filterwarnings("ignore")
def test_datasets(tmp_path: Path, read: Read) -> None:
    """What Hugging Face writes for images is read in place: its Parquet since 2026, its saved folders and caches."""
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["a", "b", "c"])})
    rows: dict[str, Any] = {"image": [{"bytes": data, "path": None} for data in VALUES], "label": LABELS}
    made = datasets.Dataset.from_dict(rows, features=features)
    made.to_parquet(str(tmp_path / "made.parquet"))
    made.save_to_disk(tmp_path / "saved", num_shards=2)
    assert read(tmp_path / "made.parquet") == VALUES
    shards = sorted((tmp_path / "saved").glob("*.arrow"))
    assert len(shards) == 2
    assert [data for shard in shards for data in read(shard)] == VALUES


def test_duckdb(tmp_path: Path, read: Read) -> None:
    """Uncompressed and without a dictionary, by its own writer."""
    import duckdb
    import pyarrow as pa

    images = pa.table({"image": VALUES, "label": LABELS})
    with duckdb.connect() as connection:
        connection.register("images", images)
        target = tmp_path / "made.parquet"
        connection.execute(
            f"COPY (FROM images) TO '{target}' (FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 2048, "
            "DICTIONARY_SIZE_LIMIT 1)"
        )
    assert read(target) == VALUES
