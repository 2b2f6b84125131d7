"""Rows of an old head go to the classes of their names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from datatool.errors import CheckpointError
from datatool.models._head_rows import HeadRows, head_rows, names_beside

OLD = ["ant", "cat", "dog"]


def rows(old: Sequence[str] | None, new: Sequence[str], *, num_rows: int | None = None, mode: str = "grow") -> HeadRows:
    count = num_rows if num_rows is not None else len(old or ())
    return head_rows(count, old, new, mode=mode, class_num=max(len(new), count), file=Path("w.safetensors"))


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        (OLD, OLD, (0, 1, 2)),
        (OLD, [*OLD, "eel"], (0, 1, 2)),
        (OLD, ["ant", "bee", "cat", "dog"], (0, 2, 3)),
        (OLD, ["dog", "ant", "cat"], (1, 2, 0)),
        (["ant", "1", "dog"], ["ant", "bee", "dog"], (0, 1, 2)),
        (["ant", "1", "dog"], ["dog", "bee", "ant"], (2, 1, 0)),
        (["1", "10", "2"], ["1", "10", "11", "2"], (0, 1, 3)),
        (["twin", "twin"], ["twin", "twin", "dog"], (0, 1)),
    ],
)
def test_a_row_goes_to_the_class_of_its_name(old: list[str], new: list[str], places: tuple[int, ...]) -> None:
    """Inserted, appended and permuted classes; one that had no name stays where it was."""
    assert rows(old, new) == HeadRows(places=places)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (OLD, ["ant", "dog", "eel"], r"grow must find each class .* class 1, 'cat', is not in the data"),
        (["ant", "1", "dog"], ["bee", "ant", "dog"], r"class 1, '1', is not in the data"),
        (["cat", "cat"], ["dog", "cat"], r"'cat' is there 2 times among the old head's"),
        (OLD, ["dog", "cat", "ant", "dog"], r"'dog' is there 2 times among the data's"),
    ],
)
def test_a_row_without_a_class_is_refused_with_its_name(old: list[str], new: list[str], sentence: str) -> None:
    """Dropped, taken by another, ambiguous on either side."""
    with pytest.raises(CheckpointError, match=sentence):
        rows(old, new)


@pytest.mark.parametrize(
    ("old", "new", "without"),
    [
        (None, OLD, "the weight file has no class names"),
        (["0", "1", "2"], OLD, "the weight file has no class names"),
        (OLD, [], "the data has no class names"),
        (OLD, ["0", "1", "2"], "the data has no class names"),
        (None, [], "neither the weight file nor the data has class names"),
    ],
)
def test_ids_are_trusted_with_a_word_where_a_side_has_no_names(
    old: list[str] | None, new: list[str], without: str
) -> None:
    """An id as text is no name."""
    found = rows(old, new, num_rows=3)
    assert found.places == (0, 1, 2)
    assert found.note is not None
    assert without in found.note


def test_names_are_those_beside_the_weights(tmp_path: Path) -> None:
    """Of a checkpoint, of an export; a lone file has none, and an unreadable document is not passed over."""
    file = tmp_path / "model.safetensors"
    transform = {"image_size": 8, "eval_resize": None, "interpolation": "area", "mean": [0, 0, 0], "std": [1, 1, 1]}
    meta = {
        "schema": "datatool.model/1",
        "class_num": 3,
        "names": OLD,
        "transform": transform,
        "prior": {},
        "weights": "",
        "verified": {"images": 1, "same_top1": 1, "max_abs_diff": 0.0},
    }
    assert names_beside(file) is None
    (tmp_path / "model.meta.json").write_text(json.dumps(meta))
    assert names_beside(file) == OLD
    for damaged in ("{", json.dumps({"schema": "x"}), "[" * 200_000, '{"names": "\ud800"}'.encode("utf-8", "ignore")):
        data = damaged if isinstance(damaged, bytes) else damaged.encode()
        (tmp_path / "state.json").write_bytes(data)
        with pytest.raises(CheckpointError, match=r"state\.json beside the weights must tell their classes"):
            names_beside(file)


def test_as_many_names_as_rows_are_needed() -> None:
    """Names of another head say nothing."""
    with pytest.raises(CheckpointError, match="got 4 rows and 3 names"):
        rows(OLD, [*OLD, "eel"], num_rows=4)
