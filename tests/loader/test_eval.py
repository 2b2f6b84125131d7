from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from datatool.errors import ConfigError, LoaderError
from datatool.loader import EvalLoader
from tests.helpers.pictures import jpeg, write
from tests.helpers.written_plans import field, pixels

Open = Callable[..., EvalLoader]


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    return write(tmp_path, {f"{number}.jpg": jpeg(number, width=90 + number, height=70) for number in range(10)})


@pytest.fixture
def open_eval() -> Any:
    opened: list[EvalLoader] = []
    options: dict[str, Any] = {
        "batch_size": 4,
        "image_size": 32,
        "framework": "numpy",
        "output": "uint8",
        "num_threads": 2,
    }

    def open_(*arguments: Any, **more: Any) -> EvalLoader:
        opened.append(EvalLoader(*arguments, **(options | more)))
        return opened[-1]

    yield open_
    for loader in opened:
        loader.close()


def test_every_row_comes_once_in_order(open_eval: Open, paths: list[str]) -> None:
    loader = open_eval(paths, np.arange(10) % 3)
    batches = list(loader)
    assert (len(loader), [len(batch) for batch in batches]) == (3, [4, 4, 2])
    assert field(batches, "rows") == field(batches, "positions") == list(range(10))
    assert field(batches, "labels") == [number % 3 for number in range(10)]
    assert field(batches, "weights") == [1.0] * 10


def test_passes_are_the_same(open_eval: Open, paths: list[str]) -> None:
    loader = open_eval(paths)
    first = pixels(list(loader))
    assert np.array_equal(first, pixels(list(loader)))
    assert np.array_equal(first, pixels(list(open_eval(paths, num_threads=1, batch_size=3))))


@pytest.mark.parametrize(
    ("interpolation", "method"),
    [
        ("area", cv2.INTER_AREA),
        ("linear", cv2.INTER_LINEAR),
        ("cubic", cv2.INTER_CUBIC),
        ("nearest", cv2.INTER_NEAREST),
    ],
)
def test_the_short_side_is_resized_and_the_middle_cut(
    open_eval: Open, paths: list[str], interpolation: str, method: int
) -> None:
    loader = open_eval(paths, image_size=48, eval_resize=60, interpolation=interpolation)
    actual = pixels(list(loader))[5]
    whole = cv2.imread(paths[5], cv2.IMREAD_COLOR_RGB)
    resized = cv2.resize(whole, (round(95 * 60 / 70), 60), interpolation=method)
    left, top = (resized.shape[1] - 48) // 2, 6
    assert np.array_equal(actual, resized[top : top + 48, left : left + 48])


def test_the_short_side_has_the_usual_proportion_unless_told(open_eval: Open, paths: list[str]) -> None:
    told = pixels(list(open_eval(paths, image_size=56, eval_resize=64)))
    assert np.array_equal(told, pixels(list(open_eval(paths, image_size=56))))


def test_small_pictures_are_enlarged(open_eval: Open, tmp_path: Path) -> None:
    small = write(tmp_path, {"small.jpg": jpeg(1, width=8, height=8)})
    assert pixels(list(open_eval(small))).shape == (1, 32, 32, 3)


def test_bad_pictures_are_named_and_counted_and_weigh_nothing(open_eval: Open, paths: list[str]) -> None:
    Path(paths[2]).write_bytes(b"")
    Path(paths[7]).unlink()
    loader = open_eval(paths)
    batches = list(loader)
    assert [row for row, weight in enumerate(field(batches, "weights")) if weight == 0] == [2, 7]
    assert field(batches, "rows") == list(range(10))
    assert [(entry.path, entry.row, entry.action) for entry in loader.errors] == [
        (paths[2], 2, "skipped"),
        (paths[7], 7, "skipped"),
    ]


def test_the_budget_holds_here_too(open_eval: Open, paths: list[str]) -> None:
    Path(paths[2]).write_bytes(b"")
    with pytest.raises(LoaderError, match="at most 0 files"):
        list(open_eval(paths, max_errors=0))


def test_nothing_under_the_root_is_said_before_anything_starts(open_eval: Open, tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="none of the first 1 under"):
        open_eval([tmp_path / "nothing.jpg"])


def test_an_empty_list_has_no_batches(open_eval: Open) -> None:
    assert list(open_eval([])) == []


def test_labels_must_be_as_many_as_paths(open_eval: Open, paths: list[str]) -> None:
    with pytest.raises(ConfigError, match="labels must be one per path"):
        open_eval(paths, [1, 2])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"labels": [0.5] * 10}, "labels must be whole numbers; got float64 such as"),
        ({"augment": "crop+mixup"}, "augment must go without mixup and cutmix where rows come in order"),
        ({"look_first": "no"}, "look_first must be True or False; got 'no'"),
        ({"labels": [[0], [1, 2]]}, "labels must be one for each path; got lists of different lengths"),
        ({"chance": 3}, "chance must be a callable taking places, or None; got 3"),
        ({"eval_resize": 16}, "eval_resize must be at least image_size 32; got 16"),
    ],
)
def test_an_unusable_option_is_refused_in_one_sentence(
    open_eval: Open, paths: list[str], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        open_eval(paths, **options)


@pytest.mark.parametrize(
    ("paths", "got"), [("a.jpg", "got 'a.jpg'"), (5, "got 5"), ([None], "holds None"), ([b"a"], "holds b'a'")]
)
def test_what_is_no_list_of_paths_is_refused(open_eval: Open, paths: object, got: str) -> None:
    with pytest.raises(ConfigError, match=f"paths must be a list of paths; got.*{got.removeprefix('got ')}"):
        open_eval(paths)


@pytest.mark.parametrize("framework", ["paddle", "torch"])
def test_floats_come_as_tensors(open_eval: Open, paths: list[str], framework: str) -> None:
    expected = pixels(list(open_eval(paths, output="float32")))
    actual = pixels(list(open_eval(paths, output="float32", framework=framework)))
    assert expected.shape == (10, 3, 32, 32)
    assert np.array_equal(expected, actual)
