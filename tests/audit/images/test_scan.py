"""Rows to measured images: once per file, again only when changed, the same on every engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datatool.audit.images import ScanCounts, open_engine, scan
from datatool.rows import open_rows, resolve
from datatool.schemas import MAX_PIXELS
from tests.helpers.scenes import encode, scene

Task = Callable[[Any], Any]
THREADS = open_engine("threads")


class Serial:
    """An engine for tests: one chunk after another, and what it was given."""

    def __init__(self) -> None:
        self.files: list[str] = []

    def map(self, task: Task, chunks: Iterable[Any], /) -> Iterator[Any]:
        for chunk in chunks:
            self.files += [known if isinstance(known, str) else known.file for known in chunk]
            yield task(chunk)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Six pictures in train, two in val, one of them listed in both; returns the folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.jpg").write_bytes(encode(scene(number)))
    (folder / "train.txt").write_text("".join(f"{n}.jpg {n % 2}\n" for n in range(6)))
    (folder / "val.txt").write_text("".join(f"{n}.jpg {n % 2}\n" for n in (5, 6, 7)))
    return folder


def images(folder: Path, **given: Any) -> tuple[ScanCounts, list[tuple[Any, ...]]]:
    options: dict[str, Any] = {"engine": THREADS, "cache": folder / "cache.parquet"} | given
    with open_rows(resolve(str(folder / "train.txt"), splits={"val": str(folder / "val.txt")})) as rows:
        counts = scan(rows.read(), **options)
        return counts, rows.read().execute("FROM images ORDER BY file").fetchall()


def test_a_file_listed_in_two_splits_is_read_once(dataset: Path) -> None:
    engine = Serial()
    counts, found = images(dataset, engine=engine)
    assert counts == ScanCounts(files=8, read=8)
    assert sorted(engine.files) == [str(dataset / f"{n}.jpg") for n in range(8)]
    assert len(found) == 8


def test_a_second_run_reads_only_what_changed_in_size_or_time(dataset: Path) -> None:
    _, first = images(dataset)
    assert images(dataset) == (ScanCounts(files=8, read=0), first)
    (dataset / "3.jpg").write_bytes(encode(scene(33)))
    os.utime(dataset / "4.jpg", ns=(1, 1))
    (dataset / "5.jpg").unlink()
    counts, second = images(dataset)
    assert counts == ScanCounts(files=8, read=2)
    changed = {Path(str(before[2])).name for before, after in zip(first, second, strict=True) if before != after}
    assert changed == {"3.jpg", "4.jpg", "5.jpg"}


def test_without_a_cache_everything_is_read_again(dataset: Path) -> None:
    first, _ = images(dataset, cache=None)
    second, _ = images(dataset, cache=None)
    assert first == second == ScanCounts(files=8, read=8)


def test_another_limit_measures_again_what_it_concerns(dataset: Path) -> None:
    _, first = images(dataset)
    counts, refused = images(dataset, max_pixels=100)
    assert counts.read == 8
    assert {row[5] for row in refused} == {"E405"}
    assert images(dataset) == (ScanCounts(files=8, read=8), first)


def test_the_cache_keeps_files_that_this_run_did_not_list(dataset: Path) -> None:
    images(dataset)
    short = resolve(str(dataset / "val.txt"))
    with open_rows(short) as rows:
        assert scan(rows.read(), engine=THREADS, cache=dataset / "cache.parquet") == ScanCounts(files=3, read=0)
    assert images(dataset)[0] == ScanCounts(files=8, read=0)


def test_a_broken_cache_is_named_and_replaced(dataset: Path, caplog: pytest.LogCaptureFixture) -> None:
    (dataset / "cache.parquet").write_bytes(b"not parquet")
    counts, _ = images(dataset)
    assert counts.read == 8
    assert "is not used" in caplog.text
    assert images(dataset)[0].read == 0


def test_a_cache_that_cannot_be_written_is_named_and_the_result_stands(
    dataset: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counts, _ = images(dataset, cache=dataset / "train.txt" / "cache.parquet")
    assert counts.read == 8
    assert "is not written" in caplog.text


def test_an_interrupted_scan_keeps_what_it_measured(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datatool.audit.images._scan._CHUNK", 2)

    class Stops(Serial):
        def map(self, task: Task, chunks: Iterable[Any], /) -> Iterator[Any]:
            for number, table in enumerate(super().map(task, chunks)):
                if number == 2:
                    raise KeyboardInterrupt
                yield table

    with pytest.raises(KeyboardInterrupt):
        images(dataset, engine=Stops())
    assert images(dataset)[0] == ScanCounts(files=8, read=4)


def test_the_default_cache_lies_in_the_users_cache_folder(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert images(dataset, cache="auto")[0].read == 8
    assert images(dataset, cache="auto")[0].read == 0
    assert len(list((tmp_path / "home" / "datatool").iterdir())) == 1


def test_pixel_hashes_are_made_only_where_two_contents_may_have_the_same_pixels(dataset: Path) -> None:
    import simplejpeg

    data = (dataset / "0.jpg").read_bytes()
    (dataset / "6.jpg").write_bytes(data[:2] + b"\xff\xfe\x00\x07hello" + data[2:])  # a comment segment
    shutil.copy(dataset / "1.jpg", dataset / "7.jpg")
    (dataset / "4.jpg").write_bytes(encode(simplejpeg.decode_jpeg((dataset / "2.jpg").read_bytes()), "PNG"))
    engine = Serial()
    _, found = images(dataset, engine=engine)
    pixels = {Path(row[2]).stem: row[-1] for row in found}
    assert {name for name, value in pixels.items() if value} == {"0", "6", "2", "4"}
    assert pixels["0"] == pixels["6"] != pixels["2"] == pixels["4"]
    assert images(dataset)[1] == found


def test_the_limit_is_the_documented_one() -> None:
    assert MAX_PIXELS == 178_000_000
