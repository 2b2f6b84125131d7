"""Ways that are one, and synthetic rows' weights and parents."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from datatool.advise._parents import find_parents
from datatool.advise._synthetic import share_weights
from datatool.advise._ways import class_mass, is_even, parse_way, same_groups
from datatool.errors import ConfigError
from datatool.probe import ProbeRows
from tests.helpers.pictures import pixels


def test_ways_with_the_same_draws_are_one() -> None:
    ways = [parse_way(name) for name in ("natural", "power:1", "oversample", "power:0", "sqrt", "weights:inverse")]
    assert same_groups(ways, np.array([600, 60, 12])) == [["natural", "power:1"], ["oversample", "power:0"]]


def test_the_mass_of_a_class_is_its_draws_times_their_weight() -> None:
    counts = np.array([900, 100])
    np.testing.assert_allclose(class_mass(parse_way("weights:inverse"), counts), [0.5, 0.5])
    np.testing.assert_allclose(class_mass(parse_way("sqrt"), counts), [0.75, 0.25])


@pytest.mark.parametrize("text", ["nonsense", "weights:nonsense", "power:x", "cells:file.csv"])
def test_a_way_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_way(text)


def test_equal_classes_are_even() -> None:
    assert is_even(np.array([89, 89, 0]))
    assert not is_even(np.array([600, 12]))


def test_a_share_of_a_class_weighs_the_same_whatever_its_sizes() -> None:
    place = np.repeat([0, 1], [110, 15])
    synthetic = np.concatenate([np.arange(110) >= 10, np.arange(15) >= 12])
    weights = share_weights(place, synthetic, share=0.25, num_classes=2)
    for number in (0, 1):
        assert weights[place == number].sum() == pytest.approx(1.0)
        assert weights[(place == number) & synthetic].sum() == pytest.approx(0.25)


@pytest.fixture
def rows(tmp_path: Path) -> ProbeRows:
    """Ten real pictures, and of each a re-encoded copy and a copy of the mirror image."""
    paths, sources = [], []
    for number in range(10):
        picture = pixels(number, width=96, height=96)
        for name, image, source in (
            (f"real/{number}.png", picture, "real"),
            (f"synth/{number}_v0.jpg", picture, "synthetic"),
            (f"synth/{number}_v1.jpg", picture[:, ::-1], "synthetic"),
        ):
            file = tmp_path / name
            file.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(file), np.ascontiguousarray(image))
            paths.append(name)
            sources.append(source)
    num = len(paths)
    texts = {"file": "train.txt", "split": "train"}
    return ProbeRows(
        path=np.array(paths, object),
        locator=np.array([str(tmp_path / path) for path in paths], object),
        source=np.array(sources, object),
        line=np.arange(num),
        label=np.zeros(num, np.int64),
        names={},
        **{name: np.array([text] * num, object) for name, text in texts.items()},
    )


EXPECTED = [(-1 if place % 3 == 0 else place - place % 3) for place in range(30)]


def test_parents_are_found_by_the_look_of_a_picture_or_of_its_mirror_image(rows: ProbeRows) -> None:
    found = find_parents(rows)
    assert found.how == "hash"
    assert found.row.tolist() == EXPECTED


def test_parents_are_found_by_a_pattern_on_paths(rows: ProbeRows) -> None:
    found = find_parents(rows, pattern=r"synth/(\d+)_v\d")
    assert (found.how, found.row.tolist(), found.num_found) == ("pattern", EXPECTED, 20)


def test_parents_are_found_by_a_column(rows: ProbeRows) -> None:
    column = {f"synth/{number}_v0.jpg": f"real/{number}.png" for number in range(10)}
    found = find_parents(rows, column=column)
    assert (found.how, found.num_found) == ("column", 10)


@pytest.mark.parametrize("pattern", ["(", "synth", "elsewhere/(.)"])
def test_a_pattern_that_gives_no_parent_is_refused(rows: ProbeRows, pattern: str) -> None:
    with pytest.raises(ConfigError, match="--parent must"):
        find_parents(rows, pattern=pattern)


def test_without_synthetic_rows_nothing_is_looked_for(rows: ProbeRows) -> None:
    found = find_parents(rows.some(~rows.synthetic))
    assert (found.how, found.num_found) == ("none", 0)
