"""Advice and suspects on lists of every kind: files, tables, folders, containers; two classes and many."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.containers import write_tar, write_zip
from tests.helpers.frozen import frozen_recipe
from tests.helpers.program import Cli

NAMES = ["kätzchen", "dog big", "貓"]
Rows = list[tuple[str, int]]


@pytest.fixture
def frozen(home: Path) -> list[Any]:
    """Options that name a backbone and a place for features."""
    return ["--recipe", frozen_recipe(home), "--features", home / "features"]


@pytest.fixture
def rows(home: Path) -> Rows:
    """Paths and ids of the training list."""
    lines = [line.split() for line in (home / "train.txt").read_text().splitlines()]
    return [(path, int(label)) for path, label in lines]


def as_csv(home: Path, rows: Rows) -> Path:
    lines = [f'{path},"{NAMES[label]}"' for path, label in rows]
    (home / "t.csv").write_text("".join(f"{line}\n" for line in ("image,label", *lines)), "utf-8")
    return home / "t.csv"


def as_folder(home: Path, rows: Rows) -> Path:
    for path, label in rows:
        file = home / "class folders" / NAMES[label] / Path(path).name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((home / path).read_bytes())
    return home / "class folders"


def as_tar(home: Path, rows: Rows) -> Path:
    files = {}
    for path, label in rows:
        files[Path(path).name] = (home / path).read_bytes()
        files[f"{Path(path).stem}.cls"] = str(label).encode()
    return write_tar(home / "shard.tar", files)


def as_zip(home: Path, rows: Rows) -> Path:
    return write_zip(home / "z.zip", {f"{NAMES[c]}/{Path(p).name}": (home / p).read_bytes() for p, c in rows})


def as_images(home: Path, rows: Rows) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pictures = [{"bytes": (home / path).read_bytes(), "path": path} for path, _ in rows]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pq.write_table(pa.table({"image": pa.array(pictures, kind), "label": [c for _, c in rows]}), home / "i.parquet")
    return home / "i.parquet"


@pytest.mark.slow
@pytest.mark.parametrize("write", [as_csv, as_folder, as_tar, as_zip, as_images])
def test_the_same_pictures_get_the_same_advice_from_wherever_they_lie(
    cli: Cli, home: Path, frozen: list[Any], rows: Rows, write: Callable[[Path, Rows], Path]
) -> None:
    """Every row is judged, and the `balance` line runs; pictures inside tables have to be packed before it."""
    import pyarrow.parquet as pq

    data = write(home, rows)
    done = cli("advise", data, *frozen, "--strategies", "sqrt", "--out", home / "a d", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert sorted(one["rows"] for one in told["classes"]) == [4, 8, 24]
    balanced = cli(*shlex.split(told["command"])[1:])
    if write is as_images:
        assert "datatool pack" in balanced.err
    else:
        assert balanced.code == 0, balanced.err
    done = cli("suspects", data, *frozen, "--out", home / "s")
    assert done.code == 0, done.err
    kinds = pq.read_table(home / "s" / "suspects.parquet").to_pydict()["kind"]
    assert (kinds.count("label"), kinds.count("outlier")) == (36, 36)


@pytest.mark.slow
@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_two_classes_and_either_trainer(cli: Cli, home: Path, rows: Rows, trainer: str) -> None:
    (home / "two.txt").write_text("".join(f"{path} {label}\n" for path, label in rows if label < 2))
    frozen = ["--recipe", frozen_recipe(home, trainer=trainer), "--features", home / "features"]
    done = cli("advise", home / "two.txt", *frozen, "--out", home / "advice", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["trainer"], len(told["classes"])) == (trainer, 2)
    assert f"trainer: {trainer}" in (home / "advice" / "recipe.yaml").read_text()
    done = cli("suspects", home / "two.txt", *frozen, "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["rows"] == 32
