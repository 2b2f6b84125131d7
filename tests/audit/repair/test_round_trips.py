"""On random data sets, no repair changes which image has which class."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatool.audit import AuditOptions
from datatool.audit.repair import clean, relabel, split
from datatool.rows import open_rows, resolve
from tests.helpers.read_back import Images, read_images
from tests.helpers.tables import write_table

NAME = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=6).filter(
    lambda text: not any(mark in text for mark in "/\\,\"'") and text.strip() == text
)
PATH = st.builds(
    lambda parts, ending: " ".join(parts) + ending,
    st.lists(NAME, min_size=1, max_size=2),
    st.sampled_from([".jpg", ".png"]),
)
ROW = st.tuples(PATH, st.integers(0, 40))
PARTS = st.lists(
    st.tuples(
        st.sampled_from(["train", "train", "val", "test"]),
        st.sampled_from(["list", "csv", "jsonl", "arrow", "parquet"]),
        st.sampled_from(["real", "synthetic", "scraped"]),
        st.lists(ROW, min_size=1, max_size=8, unique_by=lambda row: row[0]),
    ),
    min_size=1,
    max_size=4,
)
# A data set takes a quarter of a second: each run of the suite draws a few others, a release a thousand.
EXAMPLES = int(os.environ.get("DATATOOL_EXAMPLES", "15"))
RANDOM = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(folder: Path, parts: list[Any], *, names: bool) -> tuple[Path, Images]:
    """A joined data set of several parts with their own roots, and what it holds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    told: dict[str, Any] = {"schema": "datatool.dataset/1", "train": [], "val": [], "test": []}
    expected: Images = Counter()
    for number, (where, kind, source, rows) in enumerate(parts):
        file, root = folder / f"{number}.{kind}", f"images {number}"
        if kind == "list":
            file.write_text("".join(f"{path}\t{label}\n" for path, label in rows), "utf-8")
        else:
            labels: list[Any] = [f"name {label}" if names else label for _, label in rows]
            write_table(file, {"path": [path for path, _ in rows], "label": labels})
        told[where].append({kind: file.name, "root": root, "source": source})
        for path, label in rows:
            expected[str(folder / root / path), f"name {label}" if names else str(label), where, source] += 1
    if names:
        (folder / "names.txt").write_text("".join(f"{label} name {label}\n" for label in range(41)))
        told["names"] = "names.txt"
    (folder / "dataset.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return folder / "dataset.yaml", expected


def without_split(images: Images) -> Counter[tuple[str, str, str]]:
    return Counter({(path, name, source): count for (path, name, _, source), count in images.items()})


@RANDOM
@given(PARTS, st.booleans())
def test_relabel_and_its_inverse_give_back_every_label(tmp_path: Path, parts: list[Any], names: bool) -> None:
    dataset, expected = write(tmp_path / "data", parts, names=names)
    assert read_images(dataset) == expected
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    with open_rows(resolve(str(dataset))) as rows:
        made = relabel(rows, out=out)
    inverse = {int(new): old for new, old in json.loads((out / "map.json").read_text())["inverse"].items()}
    assert sorted(inverse) == list(range(made.class_num))
    found = read_images(out / "dataset.yaml")
    if names:
        assert found == expected
    else:
        back = Counter({(p, str(inverse[int(c)]), s, k): count for (p, c, s, k), count in found.items()})
        assert back == expected


@RANDOM
@given(PARTS)
def test_names_become_the_ids_that_the_map_says(tmp_path: Path, parts: list[Any]) -> None:
    folder = tmp_path / "data"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    folder.mkdir()
    rows = [
        (f"{number}.jpg", f"class-{label}") for number, (_, label) in enumerate(r for part in parts for r in part[3])
    ]
    (folder / "list.txt").write_text("".join(f'"{path}" "{word}"\n' for path, word in rows))
    with open_rows(resolve(str(folder / "list.txt"))) as opened:
        made = relabel(opened, out=tmp_path / "out")
    assert made.class_num == len({word for _, word in rows})
    found = read_images(tmp_path / "out" / "dataset.yaml")
    assert found == Counter((str(folder / path), word, "train", "real") for path, word in rows)


@RANDOM
@given(PARTS, st.booleans())
def test_cleaning_keeps_every_row_that_it_does_not_name(tmp_path: Path, parts: list[Any], names: bool) -> None:
    dataset, expected = write(tmp_path / "data", parts, names=names)
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    with open_rows(resolve(str(dataset))) as rows:
        made = clean(rows, drop=["W302", "W110"], out=out, options=AuditOptions())
    assert read_images(out / "dataset.yaml") == expected
    assert made.rejected == {}


@RANDOM
@given(PARTS, st.booleans(), st.integers(0, 5), st.sampled_from([0.1, 0.3, 0.5]))
def test_splitting_moves_rows_and_changes_nothing_else(
    tmp_path: Path, parts: list[Any], names: bool, seed: int, share: float
) -> None:
    dataset, expected = write(tmp_path / "data", [("train", *part[1:]) for part in parts], names=names)
    out = tmp_path / "out"
    shutil.rmtree(out, ignore_errors=True)
    with open_rows(resolve(str(dataset))) as rows:
        split(rows, out=out, val=share, test=0.2, seed=seed, engine=None)
    found = read_images(out / "dataset.yaml")
    assert without_split(found) == without_split(expected)
    in_train = {(name, source) for _, name, where, source in found if where == "train"}
    assert in_train >= {(name, source) for _, name, _, source in expected}
    assert not [row for row in found if row[2] != "train" and row[3] == "synthetic"]


@RANDOM
@given(PARTS, st.sets(st.integers(0, 40), min_size=1))
def test_selecting_keeps_exactly_the_rows_of_the_chosen_classes(
    tmp_path: Path, parts: list[Any], chosen: set[int]
) -> None:
    dataset, expected = write(tmp_path / "data", parts, names=True)
    told = yaml.safe_load(dataset.read_text("utf-8"))
    names = {f"name {label}" for label in chosen}
    dataset.write_text(yaml.safe_dump(told | {"select": sorted(names)}, allow_unicode=True), "utf-8")
    assert read_images(dataset) == Counter({row: count for row, count in expected.items() if row[1] in names})
