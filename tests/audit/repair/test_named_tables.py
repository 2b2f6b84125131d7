"""Repairs of tables whose labels are names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datatool.audit.repair import relabel
from datatool.rows import open_rows, resolve
from tests.helpers.read_back import read_images
from tests.helpers.tables import FORMATS, write_table

COLUMNS = {"path": ["a.jpg", "b.jpg", "c.jpg"], "label": ["dog", "cat", "dog"]}


@pytest.mark.parametrize("suffix", FORMATS)
def test_relabel_maps_names_and_a_later_map_appends_new_ones(tmp_path: Path, suffix: str) -> None:
    table = write_table(tmp_path / f"t{suffix}", COLUMNS)
    before = read_images(table)
    with open_rows(resolve(str(table))) as rows:
        relabel(rows, out=tmp_path / "first")
    told = json.loads((tmp_path / "first" / "map.json").read_text())
    assert (told["labels"], told["map"]) == ("names", {"cat": 0, "dog": 1})
    assert read_images(tmp_path / "first") == before
    grown = {name: [*values, more] for (name, values), more in zip(COLUMNS.items(), ("d.jpg", "ant"), strict=True)}
    with open_rows(resolve(str(write_table(tmp_path / f"u{suffix}", grown)))) as rows:
        relabel(rows, out=tmp_path / "second", old=tmp_path / "first")
    told = json.loads((tmp_path / "second" / "map.json").read_text())
    assert told["map"] == {"cat": 0, "dog": 1, "ant": 2}
