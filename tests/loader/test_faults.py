"""Bad files of every kind, and transforms that raise."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datatool.errors import LoaderError
from datatool.loader import BalancedLoader
from datatool.schemas import Plan
from tests.helpers.pictures import damages, jpeg
from tests.helpers.written_plans import field, path_of, pixels, write_plan

Open = Callable[..., BalancedLoader]

UNREADABLE = {
    "missing": (None, "No such file or directory"),
    "empty": (b"", "the file is empty"),
    "header only": (damages()["header_only.jpg"], "does not decode"),
    "page": (damages()["page.jpg"], "a page of text"),
    "bad tables": (damages()["bad_tables.jpg"], "does not decode"),
}
ROW = 17  # the first of class 2, which has 3 rows and 12 draws


def spoil(plan: Path, row: int, data: bytes | None) -> Path:
    path = path_of(plan, row)
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", UNREADABLE)
def test_an_unreadable_file_is_replaced_inside_its_cell(plan: Path, open_loader: Open, kind: str) -> None:
    data, reason = UNREADABLE[kind]
    path = spoil(plan, ROW, data)
    loader = open_loader(plan)
    batches = list(loader.epoch(0))
    assert ROW not in field(batches, "rows")
    assert field(batches, "labels").count(2) == 12
    assert field(batches, "weights") == [1.0] * 36
    [entry] = loader.errors
    assert (entry.path, entry.row, entry.action, entry.times) == (str(path), ROW, "replaced", 4)
    assert reason in entry.reason


def test_the_substitute_is_the_next_row_of_the_cell(plan: Path, open_loader: Open) -> None:
    whole = list(open_loader(plan).epoch(0))
    spoil(plan, ROW, b"")
    loader = open_loader(plan)
    batches = list(loader.epoch(0))
    for before, after, position in zip(
        field(whole, "rows"), field(batches, "rows"), field(batches, "positions"), strict=True
    ):
        substitute = loader.sampler.substitute(0, int(position), 1) if before == ROW else before
        assert after == substitute


def test_all_other_places_keep_their_pixels(plan: Path, open_loader: Open) -> None:
    whole = list(open_loader(plan).epoch(0))
    spoil(plan, ROW, b"")
    batches = list(open_loader(plan).epoch(0))
    kept = np.array(field(whole, "rows")) != ROW
    assert np.array_equal(pixels(whole)[kept], pixels(batches)[kept])


@pytest.mark.parametrize("options", [{"num_threads": 1, "prefetch": 1}, {"num_threads": 4}, {"cache": 8}])
def test_replacement_does_not_depend_on_threads_or_history(
    plan: Path, open_loader: Open, options: dict[str, object]
) -> None:
    for row in (3, 13, ROW):
        spoil(plan, row, b"")
    expected = list(open_loader(plan).epoch(1))
    loader = open_loader(plan, **options)
    list(loader.epoch(0))  # fills the quarantine
    actual = list(loader.epoch(1))
    assert field(expected, "rows") == field(actual, "rows")
    assert np.array_equal(pixels(expected), pixels(actual))


@pytest.mark.parametrize("augment", ["crop-flip", "crop-flip+jitter+erase", "crop-flip+jitter+erase+randaugment"])
@pytest.mark.parametrize("engine", ["threads", "dali"])
def test_a_skipped_place_is_black_and_weighs_nothing(plan: Path, open_loader: Open, engine: str, augment: str) -> None:
    if engine == "dali":
        pytest.importorskip("nvidia.dali")
    spoil(plan, ROW, b"")
    loader = open_loader(plan, on_error="skip", engine=engine, augment=augment)
    batches = list(loader.epoch(0))
    skipped = np.array(field(batches, "rows")) == ROW
    assert skipped.sum() == 4
    assert np.array_equal(np.array(field(batches, "weights")) == 0, skipped)
    assert not pixels(batches)[skipped].any()
    assert [(entry.action, entry.times) for entry in loader.errors] == [("skipped", 4)]


def test_raise_stops_at_the_batch_and_names_the_file(plan: Path, open_loader: Open) -> None:
    path = spoil(plan, ROW, b"")
    loader = open_loader(plan, on_error="raise")
    done = 0
    with pytest.raises(LoaderError, match="an image must be usable") as caught:
        for _ in loader.epoch(0):
            done += 1
    assert str(path) in str(caught.value)
    first = open_loader(plan).sampler
    assert ROW in first.batch(0, done)
    assert loader.state_dict()["step"] == done


def test_a_cell_without_a_readable_image_raises(plan: Path, open_loader: Open) -> None:
    for row in (17, 18, 19):
        spoil(plan, row, None)
    with pytest.raises(LoaderError, match=r"a cell must have a usable image; got none for row \d+ of class 2"):
        list(open_loader(plan).epoch(0))


@pytest.mark.parametrize(("max_errors", "allowed"), [(0, 0), (2, 2), (0.05, 1), (0.1, 2), (0.099, 1)])
def test_the_budget_is_a_number_of_files_or_a_share_of_the_rows(
    plan: Path, open_loader: Open, max_errors: float, allowed: int
) -> None:
    for row in range(allowed):
        spoil(plan, row, b"")
    assert len(list(open_loader(plan, max_errors=max_errors).epoch(0))) == 5
    spoil(plan, allowed, b"")
    with pytest.raises(LoaderError, match=f"at most {allowed} files may be unusable"):
        list(open_loader(plan, max_errors=max_errors).epoch(0))


def test_a_missing_end_marker_is_mended_and_costs_nothing_of_the_budget(plan: Path, open_loader: Open) -> None:
    whole = list(open_loader(plan).epoch(0))
    path = path_of(plan, ROW)
    path.write_bytes(path.read_bytes()[:-2])
    loader = open_loader(plan, max_errors=0)
    batches = list(loader.epoch(0))
    assert np.array_equal(pixels(whole), pixels(batches))
    [entry] = loader.errors
    assert (entry.action, entry.times, entry.row) == ("repaired", 4, ROW)
    assert "end marker" in entry.reason


def test_a_cached_picture_is_still_listed_as_mended(plan: Path, open_loader: Open) -> None:
    path = path_of(plan, ROW)
    path.write_bytes(path.read_bytes()[:-2])
    loader = open_loader(plan, cache=64)
    list(loader.epoch(0))
    assert loader.stats()["cache"]["hits"] > 0
    assert [(entry.action, entry.times) for entry in loader.errors] == [("repaired", 4)]


def test_half_a_picture_shows_its_upper_half(plan: Path, open_loader: Open) -> None:
    path = path_of(plan, ROW)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    loader = open_loader(plan)
    assert ROW in field(list(loader.epoch(0)), "rows")
    assert [entry.action for entry in loader.errors] == ["repaired"]


def test_bit_rot_in_the_scan_is_accepted(plan: Path, open_loader: Open) -> None:
    path_of(plan, ROW).write_bytes(damages()["rot.jpg"])
    loader = open_loader(plan)
    assert ROW in field(list(loader.epoch(0)), "rows")
    assert loader.errors == []


def test_a_picture_of_another_format_than_its_name_is_used(plan: Path, open_loader: Open) -> None:
    from tests.helpers.pictures import kinds

    path_of(plan, ROW).write_bytes(kinds()["colour.png"])
    loader = open_loader(plan)
    assert ROW in field(list(loader.epoch(0)), "rows")
    assert loader.errors == []


def test_a_picture_of_too_many_pixels_is_refused_from_its_header(plan: Path, open_loader: Open) -> None:
    """The bytes behind the header are missing: whoever decoded it would say something else."""
    whole = jpeg(1, width=400, height=300)
    path_of(plan, ROW).write_bytes(whole[: whole.index(b"\xff\xda")])
    loader = open_loader(plan, max_pixels=100_000)
    list(loader.epoch(0))
    assert [entry.reason for entry in loader.errors] == ["it has 120,000 pixels, more than max_pixels 100,000"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_named(plan: Path, open_loader: Open) -> None:
    path_of(plan, ROW).chmod(0)
    loader = open_loader(plan)
    list(loader.epoch(0))
    assert "Permission denied" in loader.errors[0].reason


def test_a_folder_in_place_of_a_file_is_named(plan: Path, open_loader: Open) -> None:
    spoil(plan, ROW, None).mkdir()
    loader = open_loader(plan)
    list(loader.epoch(0))
    assert "Is a directory" in loader.errors[0].reason


class RaisesFor:
    """Raises for some of the seeds."""

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor

    def __call__(self, *, image: np.ndarray, seed: int) -> np.ndarray:
        if seed % self.divisor == 0:
            raise ValueError(f"I do not like {seed}")
        return image


def test_a_transform_that_raises_counts_as_the_file_s_fault(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan, transform=RaisesFor(6), on_error="skip")
    batches = list(loader.epoch(0))
    weights = field(batches, "weights")
    assert 0 < weights.count(0.0) < 36
    assert sum(entry.times for entry in loader.errors) == weights.count(0.0)
    assert all(entry.reason.startswith("ValueError: I do not like") for entry in loader.errors)


def test_a_transform_that_always_raises_stops_the_loader(plan: Path, open_loader: Open) -> None:
    with pytest.raises(LoaderError, match=r"a cell must have a usable image.*ValueError: I do not like"):
        list(open_loader(plan, transform=RaisesFor(1)).epoch(0))


def test_a_file_that_a_transform_refused_is_tried_again(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan, transform=RaisesFor(6), on_error="skip")
    list(loader.epoch(0))
    assert loader.state_dict()["quarantine"] == {}


def test_the_quarantine_survives_a_restart_and_still_counts(plan: Path, open_loader: Open) -> None:
    for row in (0, ROW):
        spoil(plan, row, b"")
    first = open_loader(plan, max_errors=2)
    batches = list(first.epoch(0))
    state = json.loads(json.dumps(first.state_dict()))
    assert set(state["quarantine"]) == {str(path_of(plan, row)) for row in (0, ROW)}
    resumed = open_loader(plan, max_errors=2)
    resumed.load_state_dict(state | {"step": 0})
    assert np.array_equal(pixels(batches), pixels(list(resumed.epoch(0))))
    spoil(plan, 1, b"")
    fresh = open_loader(plan, max_errors=2)
    fresh.load_state_dict(state)
    with pytest.raises(LoaderError, match="at most 2 files may be unusable"):
        list(fresh.epoch(1))


def test_a_file_that_was_mended_since_is_used_again(plan: Path, open_loader: Open) -> None:
    sound = path_of(plan, ROW).read_bytes()
    spoil(plan, ROW, b"")
    first = open_loader(plan)
    list(first.epoch(0))
    path_of(plan, ROW).write_bytes(sound)
    resumed = open_loader(plan)
    resumed.load_state_dict(first.state_dict())
    assert ROW in field(list(resumed.epoch(1)), "rows")
    assert resumed.errors == []


@pytest.mark.parametrize("engine", ["threads", "dali"])
def test_a_bad_file_that_is_listed_many_times_is_one_file(tmp_path: Path, open_loader: Open, engine: str) -> None:
    if engine == "dali":
        pytest.importorskip("nvidia.dali")
    (tmp_path / "good.jpg").write_bytes(jpeg())
    names = {0: ["bad.jpg"] * 20 + ["good.jpg"]}
    loader = open_loader(write_plan(tmp_path / "plan", tmp_path, names), engine=engine, max_errors=1)
    assert field(list(loader.epoch(0)), "rows") == [20] * 21
    assert len(loader.errors) == 1


@pytest.mark.parametrize("augment", ["crop-flip", "eval", "none"])
def test_a_jpeg_that_says_it_has_no_height_is_replaced(plan: Path, open_loader: Open, augment: str) -> None:
    data = bytearray(jpeg())
    height = data.index(b"\xff\xc0") + 5
    data[height : height + 2] = bytes(2)
    path = spoil(plan, ROW, bytes(data))
    loader = open_loader(plan, augment=augment)
    assert ROW not in field(list(loader.epoch(0)), "rows")
    assert [(entry.path, entry.action) for entry in loader.errors] == [(str(path), "replaced")]


def test_every_bad_row_of_a_large_cell_is_not_tried(plan: Path, open_loader: Open) -> None:
    """Past the budget there is no point in reading on."""
    for row in range(12):
        spoil(plan, row, b"")
    loader = open_loader(plan, max_errors=3)
    with pytest.raises(LoaderError, match="at most 3 files"):
        list(loader.epoch(0))
    assert len(loader.errors) == 4


def test_rows_of_the_plan_are_named_not_places(plan: Path, open_loader: Open) -> None:
    path = spoil(plan, 5, None)
    loader = open_loader(plan)
    list(loader.epoch(0))
    assert [entry.row for entry in loader.errors] == [5]
    assert Plan.open(plan).rows(np.array([5])).path[0] in str(path)
