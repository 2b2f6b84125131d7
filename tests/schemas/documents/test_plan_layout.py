from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.errors import PlanError
from datatool.schemas import Cells, PlanDocument
from datatool.schemas.documents._plan import read_document
from datatool.schemas.documents._plan_layout import without_cells

Cell = tuple[int, str, int, int, float]

NUMBERS = st.integers(0, 10**15 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WEIGHTS = st.floats(0, allow_nan=False, allow_infinity=False)
CELLS = st.lists(st.tuples(NUMBERS, TEXTS, st.integers(1, 10**15 - 1), NUMBERS, WEIGHTS), min_size=1, max_size=8)
EXAMPLE = [(0, "real", 120, 60, 1.0), (7, 'a "b", c', 9, 0, 1e-7), (49_999_999, "é", 1, 1_000, 0.1)]


def _document(cells: list[Cell]) -> PlanDocument:
    label, source, rows, quota, weight = zip(*cells, strict=True)
    return PlanDocument.model_validate(
        {
            "fingerprint": "0" * 64,
            "strategy": {"name": "sqrt", "shares": {"*/real": 0.5}},
            "seed": 0,
            "class_num": max(label) + 1,
            "names": {0: "a"},
            "num_rows": sum(rows),
            "epoch_size": sum(quota),
            "cells": Cells(
                label=np.array(label), source=source, num_rows=np.array(rows), quota=np.array(quota),
                weight=np.array(weight, np.float64),
            ),
            "prior": {0: 1.0},
            "stats": {"unique_per_epoch": 1, "max_repeat": 1},
        }
    )  # fmt: skip


def _listed(cells: Cells) -> list[Cell]:
    numbers = [column.tolist() for column in (cells.label, cells.num_rows, cells.quota, cells.weight)]
    return list(zip(numbers[0], cells.source, *numbers[1:], strict=True))


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@given(CELLS)
def test_cells_come_back_by_columns_as_a_json_parser_reads_them(cells: list[Cell]) -> None:
    text = _document(cells).signed()
    found = without_cells(text.encode())
    parsed = [tuple(cell.values()) for cell in json.loads(text)["cells"]]

    assert found is not None
    assert _listed(found[1]) == parsed == cells
    assert json.loads(found[0])["cells"] == json.loads(text)["cells"][:1]


def test_each_cell_is_a_line_with_its_fields_below_those_of_the_line_before() -> None:
    lines = _document(EXAMPLE).signed().split("\n")
    at = lines.index('  "cells": [')

    assert lines[at + 1 : at + 5] == [
        '    {"class":        0, "source": "real"      , "rows": 120, "quota":   60, "weight": 1.0  },',
        '    {"class":        7, "source": "a \\"b\\", c", "rows":   9, "quota":    0, "weight": 1e-07},',
        '    {"class": 49999999, "source": "é"        , "rows":   1, "quota": 1000, "weight": 0.1  } ',
        "  ],",
    ]


def test_a_changed_byte_is_read_by_columns_as_a_json_parser_reads_it_or_not_at_all() -> None:
    dice = random.Random(0)
    content = _document(EXAMPLE).signed().encode()
    first, stop = content.index(b'"cells"') - 5, content.index(b'"prior"') + 5
    by_columns = 0
    for at in range(first, stop):
        for byte in {*b' 0159,."\\-+eE}]{[\n\t', dice.randrange(256)}:
            text = content[:at] + bytes([byte]) + content[at + 1 :]
            found = without_cells(text)
            if found is not None and _is_json(found[0]):
                by_columns += 1
                assert _listed(found[1]) == [tuple(cell.values()) for cell in json.loads(text)["cells"]]
    assert by_columns > 300


@pytest.mark.parametrize("indent", [None, 2, 4])
def test_a_document_in_another_layout_is_read_all_the_same(tmp_path: Path, indent: int | None) -> None:
    text = json.dumps(json.loads(_document(EXAMPLE).signed()), indent=indent)
    file = tmp_path / "plan.json"
    file.write_text(text)

    assert without_cells(text.encode()) is None
    assert _listed(read_document(file).cells) == EXAMPLE


def test_a_source_that_would_pad_all_others_is_written_as_it_comes(tmp_path: Path) -> None:
    cells = [*EXAMPLE, (8, "x" * 5000, 1, 1, 1.0)]
    file = tmp_path / "plan.json"
    file.write_text(_document(cells).signed())

    assert file.stat().st_size < 10_000
    assert _listed(read_document(file).cells) == cells


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"rows": 120', '"rows":   0', "'cells.0.rows' must be greater than or equal to 1; got 0"),
        ('"rows":   9', '"rows":   0', "'cells.1.rows' must be greater than or equal to 1; got 0"),
        ('"quota":   60', '"quota":  060', "line 18 column 73"),
        ('"seed": 0', '"seed": x', "line 10 column 11"),
        ('"prior": {', '"prior": [', "line 23 column 8"),
    ],
)
def test_a_fault_is_told_by_its_place_in_the_file(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    text = _document(EXAMPLE).signed()
    file = tmp_path / "plan.json"
    file.write_text(text.replace(old, new))

    with pytest.raises(PlanError) as caught:
        read_document(file)
    assert new not in text
    assert sentence in str(caught.value)
