"""Cached features: computed anew where they are stale or damaged, within the budget, and never the end of a run."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import LoaderError
from datatool.features._store import FeatureStores, Pictures
from datatool.models import Prefix
from tests.helpers.runs import Run, figures, weights

NUM, WIDTH = 6, 1024  # places; 4 KiB of features each
STORE = 4 * NUM * WIDTH + 128  # bytes with the header
FROZEN: dict[str, Any] = {"model": {"freeze": "until:relu2"}, "data": {"augment": "eval", "val": None}}
ON: dict[str, Any] = {"epochs": 2, "feature_cache": "on"}

NET = """
from paddle import nn
import paddle.nn.functional as F

class Net(nn.Layer):
    def __init__(self, num_classes):
        super().__init__()
        self.conv, self.fc = nn.Conv2D(3, 8, 3, stride=2), nn.Linear(8, num_classes)

    def forward(self, images):
        return self.fc(F.{activation}(self.conv(images)).mean([2, 3]))
"""


class Maker:
    """Counts what is computed; features are the first value of a picture, ``factor`` times, everywhere."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self.num_run = 0
        self.prefix = Prefix(key="", shape=(WIDTH,), run=self.run, tensor=np.asarray)

    def run(self, images: Any) -> Any:
        self.num_run += len(images)
        return np.repeat(self.factor * images.reshape(len(images), -1)[:, :1], WIDTH, axis=1)

    def pictures(self) -> Pictures:
        for start in range(0, NUM, 2):
            places = np.arange(start, start + 2)
            yield places, np.full((2, 3, 1, 1), start + 1, np.float32), places != 3

    def open(self, output: Path, key: str = "a", *, budget: int = 1 << 30, stores: FeatureStores | None = None) -> Any:
        stores = stores or FeatureStores(output, self.prefix, budget=budget)
        return stores.open(key, num_places=NUM, pictures=self.pictures)


def stores_of(output: Path) -> set[str]:
    return {path.name for path in (output / ".features").iterdir()}


def test_a_store_is_read_again_and_its_first_batch_compared(tmp_path: Path) -> None:
    """All places at first, one batch afterwards; what could not be read is remembered."""
    maker = Maker()
    first = maker.open(tmp_path)
    assert maker.num_run == NUM
    again = maker.open(tmp_path)
    assert maker.num_run == NUM + 2
    assert np.array_equal(first.array, again.array)
    assert again.readable.tolist() == [True, True, True, False, True, True]


def test_features_of_another_function_are_computed_anew(tmp_path: Path) -> None:
    """Under the same key, as a key knows weights and no code."""
    Maker().open(tmp_path)
    other = Maker(2.0)
    assert other.open(tmp_path).array[:, 0].tolist() == [2, 2, 6, 6, 10, 10]
    assert other.num_run == 2 + NUM


def test_a_net_that_computes_otherwise_with_the_same_weights_is_not_trained_on_old_features(
    run: Run, home: Path
) -> None:
    """Another activation in `forward`: cached and eager runs agree."""
    found = []
    for name, activation, cache in (("a", "relu", "on"), ("b", "sigmoid", "on"), ("c", "sigmoid", "off")):
        (home / f"own_{activation}.py").write_text(NET.replace("{activation}", activation))
        model = {"backbone": f"own_{activation}:Net", "freeze": "backbone"}
        folder = run(name, **{**FROZEN, "model": model, "run": {"epochs": 1, "feature_cache": cache}})
        found.append(figures(folder)[-1]["loss"])
    assert found[1] == pytest.approx(found[2], rel=1e-3)
    assert found[0] != pytest.approx(found[2], rel=1e-3)


@pytest.mark.parametrize("damage", ["cut", "empty", "list", "text", "gone", "range"])
def test_a_damaged_store_is_computed_anew(tmp_path: Path, damage: str) -> None:
    """Either file cut, emptied, or of other content."""
    maker = Maker()
    maker.open(tmp_path)
    store = tmp_path / ".features" / "a"
    if damage in ("cut", "empty"):
        os.truncate(store / "features.npy", 1000 if damage == "cut" else 0)
    else:
        texts = {"list": "[]", "text": "{", "gone": "{}", "range": '{"unreadable": [99]}'}
        (store / "done.json").write_text(texts[damage])
    assert maker.open(tmp_path).array[:, 0].tolist() == [1, 1, 3, 3, 5, 5]


def test_what_killed_writers_left_is_removed_and_what_living_ones_write_counts(tmp_path: Path) -> None:
    """A writer holds a lock on its folder as long as it lives."""
    home = tmp_path / ".features"
    killed, living = (f".{key}.{'0' * 16}.datatool" for key in "ab")
    for name in (killed, living):
        (home / name).mkdir(parents=True)
        (home / name / "features.npy").write_bytes(bytes(STORE))
    writer = os.open(home / living, os.O_RDONLY)
    fcntl.flock(writer, fcntl.LOCK_EX)
    assert Maker().open(tmp_path, budget=2 * STORE - 1000) is None
    assert stores_of(tmp_path) == {living}
    os.close(writer)
    assert Maker().open(tmp_path, budget=2 * STORE - 1000) is not None
    assert stores_of(tmp_path) == {"a"}


def test_the_longest_unused_stores_make_room_but_none_of_the_same_stage(tmp_path: Path) -> None:
    """A list to evaluate on does not throw out what is trained on."""
    maker = Maker()
    for index, key in enumerate(("old", "new")):
        maker.open(tmp_path, key)
        os.utime(tmp_path / ".features" / key / "done.json", (index, index))
    stores = FeatureStores(tmp_path, maker.prefix, budget=2 * STORE)
    assert maker.open(tmp_path, "train", stores=stores) is not None
    assert stores_of(tmp_path) == {"new", "train"}
    assert maker.open(tmp_path, "val", stores=stores) is not None
    assert stores_of(tmp_path) == {"train", "val"}
    assert maker.open(tmp_path, "third", stores=stores) is None
    assert stores_of(tmp_path) == {"train", "val"}


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Reserving room on the disk fails; the sizes that were asked for."""
    asked: list[int] = []

    def reserve(file: int, start: int, size: int) -> None:
        asked.append(size)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", reserve)
    return asked


def test_room_is_reserved_before_features_are_written(tmp_path: Path, full_disk: list[int]) -> None:
    """The whole file; where there is none nothing is computed and nothing left."""
    maker = Maker()
    assert maker.open(tmp_path) is None
    assert full_disk == [STORE]
    assert maker.num_run == 0
    assert stores_of(tmp_path) == set()


def test_a_disk_too_small_for_features_trains_without_them(
    run: Run, full_disk: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so, and the run is the eager one."""
    with caplog.at_level("INFO", logger="datatool.training"):
        folder = run("full", **FROZEN, run=ON)
    assert "do not fit on the disk" in caplog.text
    eager = run("eager", **FROZEN, run={"epochs": 2, "feature_cache": "off"})
    assert figures(folder)[-1]["loss"] == figures(eager)[-1]["loss"]
    assert all(np.array_equal(weights(folder)[name], array) for name, array in weights(eager).items())


def test_a_list_to_evaluate_on_beyond_the_budget_is_evaluated_from_pictures(
    run: Run, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The features that are trained on stay."""
    sections: dict[str, Any] = {**FROZEN, "data": {"augment": "eval", "image_size": 64, "eval_resize": 64}}
    sections["model"] = {"freeze": "until:bn1"}
    with caplog.at_level("INFO", logger="datatool.training"):
        folder = run("a", **sections, run={"epochs": 1, "feature_cache": 1})
    assert "training on 36 cached features" not in caplog.text, "36 x 8 x 32 x 32 floats are over 1 MiB"
    sections["data"].update(image_size=60, eval_resize=60)
    with caplog.at_level("INFO", logger="datatool.training"):
        folder = run("b", **sections, run={"epochs": 2, "feature_cache": 1})
    assert "training on 36 cached features" in caplog.text
    assert caplog.text.count("over the budget") == 2
    assert len(stores_of(home / "runs")) == 1
    assert figures(folder)[-1]["eval"] is not None


@pytest.mark.parametrize(("num_bad", "fails"), [(1, False), (2, True)])
def test_unreadable_pictures_past_their_share_end_a_cached_run_too(
    run: Run, lists: Path, home: Path, caplog: pytest.LogCaptureFixture, num_bad: int, fails: bool
) -> None:
    """One file of 108 rows is named and replaced, two are too many, whether features are there or not."""
    from datatool.balance import make_plan
    from datatool.rows import open_rows, resolve

    (home / "pictures").unlink()
    shutil.copytree(lists / "pictures", home / "pictures")
    for index in range(num_bad):
        (home / "pictures" / f"train_0_{index}.jpg").write_bytes(b"")
    (home / "own.txt").write_text(3 * (lists / "train.txt").read_text())
    with open_rows(resolve(str(home / "own.txt"))) as rows:
        make_plan(rows, strategy="natural", out=home / "bad.plan")
    sections = {**FROZEN, "data": {"augment": "eval", "val": None, "train": "bad.plan"}, "run": {**ON, "epochs": 1}}
    for name in ("first", "second"):
        with caplog.at_level("INFO", logger="datatool.training"):
            if fails:
                with pytest.raises(LoaderError, match=r"at most 1 files may be unusable \(max_errors\); got 2"):
                    run(name, **sections)
            else:
                run(name, **sections)
    assert caplog.text.count("1 files cannot be read") == 2 * (not fails)
    assert ("train_0_0.jpg" in caplog.text) is not fails


def test_a_place_that_comes_again_has_its_last_image(tmp_path: Path) -> None:
    """That of a substitute, without which the store is read again all the same."""
    maker = Maker()
    first = maker.pictures

    def pictures() -> Pictures:
        yield from first()
        yield np.array([3]), np.full((1, 3, 1, 1), 9, np.float32), np.array([False])

    maker.pictures = pictures  # type: ignore[method-assign]
    assert maker.open(tmp_path).array[:, 0].tolist() == [1, 1, 3, 9, 5, 5]
    again = maker.open(tmp_path)
    assert again.array[:, 0].tolist() == [1, 1, 3, 9, 5, 5]
    assert again.readable.tolist() == [True, True, True, False, True, True]
    assert maker.num_run == (NUM + 1) + 2


def test_the_first_batch_is_compared_where_files_can_be_read(tmp_path: Path) -> None:
    """What stands at the others is a substitute's."""
    maker = Maker()

    def pictures() -> Pictures:
        yield np.arange(NUM), np.ones((NUM, 3, 1, 1), np.float32), np.arange(NUM) != 0
        yield np.array([0]), np.full((1, 3, 1, 1), 9, np.float32), np.array([False])

    maker.pictures = pictures  # type: ignore[method-assign]
    maker.open(tmp_path)
    assert maker.open(tmp_path).array[:, 0].tolist() == [9, 1, 1, 1, 1, 1]
    assert maker.num_run == (NUM + 1) + (NUM - 1)
