"""The identity of pictures by their content is the same in files, tars, zips and tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.helpers.containers import named_pictures, write_files, write_tar, write_zip
from tests.helpers.image_tables import images_table, write_feather, write_plain, write_stream
from tests.helpers.pictures import jpeg
from tests.helpers.program import Cli
from tests.helpers.read_back import read_images

KINDS = ["tar", "zip", "arrow", "feather", "parquet", "snappy"]


def _write(folder: Path, name: str, files: Mapping[str, bytes]) -> dict[str, Path]:
    """The same pictures in every kind; snappy is not read in place."""
    (folder / name).mkdir()
    table = images_table(files)
    pq.write_table(table, folder / f"{name}.snappy.parquet")
    return {
        "files": write_files(folder / name, files),
        "tar": write_tar(folder / f"{name}.tar", files),
        "zip": write_zip(folder / f"{name}.zip", files),
        "arrow": write_stream(folder / f"{name}.arrow", table),
        "feather": write_feather(folder / f"{name}.feather", table),
        "parquet": write_plain(folder / f"{name}.parquet", table),
        "snappy": folder / f"{name}.snappy.parquet",
    }


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Path], dict[str, Path]]:
    """Train with a copy in its class and one in another, and val with a picture of train."""
    folder, train = tmp_path_factory.mktemp("sets"), named_pictures(24)
    first, second, third, *_ = train.values()
    train = dict(sorted({**train, "c0/copy.jpg": first, "c2/other.jpg": second}.items()))
    val = {"c0/leak.jpg": third, "c1/new.jpg": jpeg(901), "c2/new.jpg": jpeg(902)}
    return _write(folder, "train", train), _write(folder, "val", val)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measurements are kept under it: no kind profits from those of another test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))


def _found(cli: Cli, train: Path, val: Path) -> dict[str, tuple[int, list[str]]]:
    """Code -> count, and the names of the pictures it shows, without their numbers in a table."""
    done = cli("audit", train, "--split", f"val={val}", "--images", "--json")
    document: dict[str, Any] = json.loads(done.out)
    return {
        each["code"]: (each["count"], sorted(one["text"].split(" ")[0][-9:] for one in each["examples"]))
        for each in document["findings"]
    }


@pytest.mark.parametrize("kind", KINDS)
def test_leaks_copies_and_conflicts_are_those_of_files(
    sets: tuple[dict[str, Path], dict[str, Path]], cli: Cli, kind: str
) -> None:
    """E501 between splits, W504 in a class and E504 between classes."""
    train, val = sets
    expected, found = (_found(cli, train[each], val[each]) for each in ("files", kind))
    assert {"E501", "W504", "E504"} <= expected.keys()
    assert found == expected


def _sides(cli: Cli, given: Path, old: Path, out: Path) -> Counter[tuple[str, str]]:
    done = cli("split", given, "--from", old, "-o", out)
    assert done.code == 0, done.err
    return Counter((Path(path).name, split) for path, _, split, _ in read_images(out))


@pytest.mark.parametrize("kind", ["tar", "parquet", "snappy"])
def test_a_split_of_files_holds_for_shards_of_them_by_content(
    sets: tuple[dict[str, Path], dict[str, Path]], cli: Cli, tmp_path: Path, kind: str
) -> None:
    """Every row stays on its side though no place is the same; `diff` finds each picture elsewhere, none changed."""
    train, _ = sets
    assert cli("split", train["files"], "--val", 0.25, "-o", tmp_path / "old").code == 0
    expected = _sides(cli, train["files"], tmp_path / "old", tmp_path / "again")
    assert _sides(cli, train[kind], tmp_path / "old", tmp_path / kind) == expected
    document = json.loads(cli("diff", train["files"], train[kind], "--images", "--json").out)
    rows = document["new"]["rows"]
    assert document["counts"] == dict.fromkeys(document["counts"], 0) | {"renamed": rows}
