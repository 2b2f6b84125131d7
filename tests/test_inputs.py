"""The table of inputs in docs/inputs.md: what it says of us, and of Hugging Face's datasets, is run."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from datatool.rows import open_rows, resolve
from tests.helpers.containers import write_tar, write_zip
from tests.helpers.program import REPOSITORY
from tests.helpers.tables import write_table

NAMES = ["cat", "dog", "cat", "dog"]
PATHS = [f"{number}.png" for number in range(4)]
COLUMNS = {"image_id": PATHS, "class": NAMES}
Made = tuple[str, Callable[[Any, str], Any]]  # what is given, and how the peer loads it


def _picture(seed: int) -> bytes:
    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (8, 8, 3), np.uint8)).save(data, "PNG")
    return data.getvalue()


def _pictures(folder: Path, *, classes: bool) -> Path:
    for number, (path, name) in enumerate(zip(PATHS, NAMES, strict=True)):
        file = folder / name / path if classes else folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_picture(number))
    return folder


def _files(kind: str, **options: Any) -> Callable[[Any, str], Any]:
    return lambda datasets, path: datasets.load_dataset(kind, data_files=path, split="train", **options)


def _folder(datasets: Any, path: str) -> Any:
    return datasets.load_dataset("imagefolder", data_dir=path)


def _table(suffix: str, kind: str, **options: Any) -> Callable[[Path], Made]:
    return lambda folder: (str(write_table(folder / f"t{suffix}", COLUMNS)), _files(kind, **options))


def _list(folder: Path) -> Made:
    (folder / "t.txt").write_text("".join(f"{path} {NAMES.index(name)}\n" for path, name in COLUMNS_PAIRS))
    (folder / "label_list.txt").write_text("0 cat\n1 dog\n")
    return str(folder / "t.txt"), _files("text")


def _several(folder: Path) -> Made:
    for half in (0, 2):
        write_table(folder / f"part-{half}.csv", {name: column[half : half + 2] for name, column in COLUMNS.items()})
    return f"{folder}/part-*.csv", _files("csv")


def _splits(folder: Path) -> Made:
    for split in ("train", "test"):
        _pictures(folder / "set" / split, classes=True)
    return str(folder / "set"), _folder


def _image_folder(folder: Path) -> Made:
    _pictures(folder / "set", classes=False)
    write_table(folder / "set" / "metadata.jsonl", {"file_name": PATHS, "label": NAMES})
    return str(folder / "set"), _folder


def _saved(folder: Path) -> Made:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"path": datasets.Value("string"), "label": datasets.ClassLabel(names=["cat", "dog"])})
    made = datasets.Dataset.from_dict({"path": PATHS, "label": [0, 1, 0, 1]}, features=features)
    made.save_to_disk(folder / "set")
    return str(folder / "set"), lambda module, path: module.load_from_disk(path)


def _inside(folder: Path) -> Made:
    images = [{"bytes": _picture(number), "path": path} for number, path in enumerate(PATHS)]
    return str(write_table(folder / "t.parquet", {"image": images, "label": NAMES})), _files("parquet")


def _shards(folder: Path) -> Made:
    for half in (0, 2):
        numbers = range(half, half + 2)
        files = {path: _picture(number) for number, path in enumerate(PATHS) if number in numbers}
        files |= {f"{number}.cls": str(number % 2).encode() for number in numbers}
        write_tar(folder / f"s-{half}.tar", dict(sorted(files.items())))
    (folder / "label_list.txt").write_text("0 cat\n1 dog\n")
    return f"{folder}/s-*.tar", _files("webdataset")


def _zip(folder: Path) -> Made:
    files = {f"{name}/{path}": _picture(number) for number, (path, name) in enumerate(COLUMNS_PAIRS)}
    return str(write_zip(folder / "set.zip", files)), _files("imagefolder", drop_labels=False)


def _joined(folder: Path) -> Made:
    write_table(folder / "a.csv", {name: column[:2] for name, column in COLUMNS.items()})
    write_table(folder / "b.arrow", {name: column[2:] for name, column in COLUMNS.items()})
    (folder / "dataset.yaml").write_text("train: [{csv: a.csv}, {arrow: b.arrow}]")
    return str(folder / "dataset.yaml"), _folder


COLUMNS_PAIRS = list(zip(PATHS, NAMES, strict=True))
MADE: dict[str, Callable[[Path], Made]] = {
    "list text, `path label` per line": _list,
    "CSV with any column names": _table(".csv", "csv"),
    "TSV, or a CSV of Excel with `;`": _table(".tsv", "csv", sep="\t"),
    "JSON lines": _table(".jsonl", "json"),
    "Parquet": _table(".parquet", "parquet"),
    "Arrow IPC, Feather": _table(".arrow", "arrow"),
    "several files by a pattern": _several,
    "class folders": lambda folder: (str(_pictures(folder / "set", classes=True)), _folder),
    "class folders under train, val and test": _splits,
    "image folder with `metadata.csv`, `.jsonl` or `.parquet`": _image_folder,
    "a folder of `save_to_disk`": _saved,
    "tables with the images inside": _inside,
    "tar shards of WebDataset": _shards,
    "a zip of class folders": _zip,
    "`dataset.yaml`, which joins several of these": _joined,
}


def _told() -> dict[str, list[str]]:
    """The cells of the table by the input that they are about."""
    text = (REPOSITORY / "docs" / "inputs.md").read_text("utf-8").partition("<!-- inputs:")[2]
    lines = re.findall(r"^\| (.*) \|$", text.partition("\nLabels may")[0], re.MULTILINE)
    rows = [line.split(" | ") for line in lines]
    return {row[0]: row[1:] for row in rows[1:]}


def test_every_input_of_the_page_is_run() -> None:
    assert _told().keys() == MADE.keys()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MADE)
def test_an_input_is_read_as_the_page_says(name: str, tmp_path: Path) -> None:
    assert _told()[name][0] == "yes"
    given, _ = MADE[name](tmp_path)
    with open_rows(resolve(given)) as rows:
        found = (
            rows.read().execute("SELECT path, label, split::VARCHAR FROM rows ORDER BY split, file, line").fetchall()
        )
        names = rows.names or {}
    pairs = sorted((path.rpartition("/")[2], names[label]) for path, label, split in found if split == "train")
    assert pairs == COLUMNS_PAIRS
    assert len(found) == len(PATHS) * (2 if "train, val" in name else 1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MADE)
def test_datasets_reads_an_input_as_the_readme_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    given, load = MADE[name](tmp_path)
    assert _reads(datasets, load, given) == (_told()[name][1] == "yes")


def _reads(datasets: Any, load: Callable[[Any, str], Any], given: str) -> bool:
    """Whether the rows come with an image and a class each."""
    try:
        found = load(datasets, given)
    except Exception:  # noqa: BLE001 - any refusal
        return False
    found = found["train"] if isinstance(found, dict) else found
    is_labelled = {"label", "class", "cls"} & set(found.column_names)
    return bool(is_labelled) and found.num_rows == len(PATHS)
