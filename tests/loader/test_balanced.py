from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError, LoaderError, PlanError
from datatool.loader import BalancedLoader
from datatool.pipelines import Augment
from datatool.schemas import Plan, PlanDocument
from tests.helpers.written_plans import field, pixels

Open = Callable[..., BalancedLoader]


def test_an_epoch_shows_every_class_as_often_as_the_plan_says(plan: Path, open_loader: Open) -> None:
    batches = list(open_loader(plan).epoch(0))
    assert Counter(field(batches, "labels")) == {0: 12, 1: 12, 2: 12}


def test_rows_and_positions_are_those_of_the_sampler(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    batches = list(loader.epoch(3))
    assert len(batches) == len(loader) == 5
    assert field(batches, "positions") == list(range(36))
    assert field(batches, "rows") == np.concatenate([loader.sampler.batch(3, step) for step in range(5)]).tolist()


def test_labels_and_weights_are_those_of_the_index(plan: Path, open_loader: Open) -> None:
    batches = list(open_loader(plan).epoch(0))
    index = Plan.open(plan).rows(np.array(field(batches, "rows"), np.int64))
    assert field(batches, "labels") == index.label.tolist()
    assert field(batches, "weights") == pytest.approx(index.weight)


def test_fields_have_the_promised_types(plan: Path, open_loader: Open) -> None:
    batch = next(open_loader(plan, output="float32").epoch(0))
    assert (batch.images.shape, batch.images.dtype) == ((8, 3, 32, 32), np.float32)
    assert [batch.labels.dtype, batch.rows.dtype, batch.positions.dtype] == [np.int64] * 3
    assert batch.weights.dtype == np.float32
    assert len(batch) == 8


def test_bytes_come_as_pixels_of_rgb(plan: Path, open_loader: Open) -> None:
    batch = next(open_loader(plan).epoch(0))
    assert (batch.images.shape, batch.images.dtype) == ((8, 32, 32, 3), np.uint8)


def test_a_picture_drawn_twice_is_cut_differently(plan: Path, open_loader: Open) -> None:
    batches = list(open_loader(plan).epoch(0))
    rows, images = field(batches, "rows"), pixels(batches)
    first, second = [place for place, row in enumerate(rows) if row == max(rows, key=rows.count)][:2]
    assert not np.array_equal(images[first], images[second])


def test_epochs_differ_and_repeat_exactly(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan)
    first, second, again = (pixels(list(loader.epoch(epoch))) for epoch in (0, 1, 0))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again)


def test_the_last_batch_is_smaller_or_left_out(plan: Path, open_loader: Open) -> None:
    assert [len(batch) for batch in open_loader(plan).epoch(0)] == [8, 8, 8, 8, 4]
    assert [len(batch) for batch in open_loader(plan, drop_last=True).epoch(0)] == [8, 8, 8, 8]


def test_a_rank_without_a_part_of_the_last_batch_gets_a_place_of_no_weight(plan: Path, open_loader: Open) -> None:
    ranks = [list(open_loader(plan, batch_size=7, rank=rank, world_size=5).epoch(0)) for rank in range(5)]
    assert [len(batches) for batches in ranks] == [2] * 5
    assert [batches[-1].positions.tolist() for batches in ranks] == [[35], [-1], [-1], [-1], [-1]]
    last = ranks[4][-1]
    assert (last.weights.tolist(), last.rows.tolist(), last.images.any()) == ([0.0], [-1], False)


def test_ranks_are_disjoint_and_together_the_same_as_one(plan: Path, open_loader: Open) -> None:
    alone = list(open_loader(plan, batch_size=8).epoch(2))
    ranks = [list(open_loader(plan, batch_size=4, rank=rank, world_size=2).epoch(2)) for rank in range(2)]
    for step, whole in enumerate(alone):
        parts = [batches[step] for batches in ranks]
        assert field(parts, "rows") == whole.rows.tolist()
        assert np.array_equal(pixels(parts), whole.images)


def test_an_opened_plan_serves_as_well_as_its_folder(plan: Path, open_loader: Open) -> None:
    opened = open_loader(Plan.open(plan))
    assert np.array_equal(pixels(list(opened.epoch(0))), pixels(list(open_loader(plan).epoch(0))))


def test_a_loader_reads_plan_json_once(plan: Path, open_loader: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """100,000 cells take as long to read as all else that opening does."""
    reads: list[Path] = []

    def read(file: Path) -> PlanDocument:
        reads.append(file)
        return PlanDocument.model_validate_json(file.read_bytes())

    monkeypatch.setattr("datatool.schemas._plan.read_document", read)
    next(iter(open_loader(plan).epoch(0)))

    assert reads == [plan / "plan.json"]


def test_another_root_may_be_given(plan: Path, open_loader: Open, tmp_path: Path) -> None:
    expected = pixels(list(open_loader(plan).epoch(0)))
    (tmp_path / "pictures").rename(tmp_path / "moved")
    with pytest.raises(LoaderError, match=r"none of the first 20 under '.*pictures'"):
        open_loader(plan)
    actual = pixels(list(open_loader(plan, root=tmp_path / "moved").epoch(0)))
    assert np.array_equal(expected, actual)


def test_a_closed_loader_refuses_and_leaves_its_batches_alone(plan: Path, open_loader: Open) -> None:
    with open_loader(plan) as loader:
        batch = next(loader.epoch(0))
        before = batch.images.copy()
    assert np.array_equal(batch.images, before)
    with pytest.raises(LoaderError, match="must be open"):
        loader.epoch(0)
    loader.close()


def test_stats_say_what_was_chosen_and_done(plan: Path, open_loader: Open) -> None:
    loader = open_loader(plan, batch_size=4, world_size=2)
    list(loader.epoch(0))
    stats = loader.stats()
    assert {key: stats[key] for key in ("engine", "device", "num_threads", "total_batch", "total_threads")} == {
        "engine": "threads",
        "device": "cpu",
        "num_threads": 2,
        "total_batch": 8,
        "total_threads": 4,
    }
    assert stats["images"] == 18
    assert stats["images_per_second"] > 0
    assert {"wait", "read", "decode", "augment", "handover"} <= stats["seconds"].keys()
    assert stats["cache"]["decodes"] == 18


def whole(*, image: Any) -> Any:
    return image


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"image_size": 0}, "image_size must be at least 1"),
        ({"framework": "jax"}, "framework must be one of paddle, torch, numpy; got 'jax'"),
        ({"engine": "turbo"}, "engine must be one of"),
        ({"augment": "crop-flipp"}, "did you mean 'crop-flip'"),
        ({"augment": "eval", "eval_resize": 16}, "eval_resize must be at least image_size 32; got 16"),
        ({"device": "gpu"}, "framework 'numpy' must have device 'cpu'; got 'gpu'"),
        ({"max_errors": -1}, "max_errors must be a number of files or a share"),
        ({"max_errors": 1.5}, "max_errors must be a number of files or a share"),
        ({"cache": -5}, "cache must be 'auto', None or a number of MiB"),
        ({"num_threads": 0}, "num_threads must be at least 1"),
        ({"views": 0}, "views must be at least 1"),
        ({"output": "float16"}, "output must be one of float32, uint8; got 'float16'"),
        ({"on_error": "ignore"}, "on_error must be one of replace, skip, raise; got 'ignore'"),
        ({"prefetch": 0}, "prefetch must be at least 1"),
        ({"timeout": 0}, "timeout must be more than 0"),
        ({"workers": "fibres"}, "workers must be one of threads, processes; got 'fibres'"),
        ({"std": (0.2, 0.0, 0.2)}, "std must be more than 0"),
        ({"transform": 3}, "transform must be a callable taking image="),
        ({"device": "tpu"}, "device must be auto, cpu, gpu or gpu:N; got 'tpu'"),
        ({"interpolation": "lanczos"}, "interpolation must be one of area, linear, cubic, nearest; got 'lanczos'"),
        ({"views": 2, "augment": "crop-flip+mixup"}, "views must go without mixup"),
        ({"augment": None}, "augment must be a name such as 'crop-flip', or an Augment; got None"),
        ({"mean": 0.5}, "mean must have three values; got 0.5"),
        ({"mean": "rgb"}, "mean must have three values; got 'rgb'"),
        ({"std": None}, "std must have three values; got None"),
        ({"seed": "x"}, "seed must be a whole number; got 'x'"),
        ({"timeout": "x"}, "timeout must be more than 0 seconds; got 'x'"),
        ({"on_error": None}, "on_error must be one of replace, skip, raise; got None"),
        ({"image_size": 32.0}, "image_size must be at least 1, and a whole number; got 32.0"),
        ({"batch_size": True}, "batch_size must be at least 1, and a whole number; got True"),
        ({"image_size": (224, 224)}, "image_size must be one number; pictures are square; got (224, 224)"),
        ({"image_size": np.array([224, 224])}, "image_size must be one number; pictures are square; got array"),
        ({"image_size": "224"}, "image_size must be at least 1, and a whole number; got '224'"),
        ({"batch_size": [8]}, "batch_size must be one number; got [8]"),
        ({"batch_size": None}, "batch_size must be at least 1, and a whole number; got None"),
        ({"eval_resize": (256, 256)}, "eval_resize must be one number; got (256, 256)"),
        ({"seed": None}, "seed must be a whole number; got None"),
        ({"rank": (0, 1)}, "rank must be one number; got (0, 1)"),
        ({"engine": np.array(["auto", "dali"])}, "engine must be one of auto, threads, dali; got array"),
        ({"framework": ["paddle"]}, "framework must be one of paddle, torch, numpy; got ['paddle']"),
        ({"device": 0}, "device must be auto, cpu, gpu or gpu:N; got 0"),
        ({"device": None}, "device must be auto, cpu, gpu or gpu:N; got None"),
        ({"root": 5}, "root must be a folder, or None for the plan's own; got 5"),
        ({"mean": [[0.5], [0.5, 0.5], 0.5]}, "mean must have three values; got [[0.5], [0.5, 0.5], 0.5]"),
        ({"cache": np.array([1, 2])}, "cache must be 'auto', None or a number of MiB; got array"),
        ({"max_errors": "1%"}, "max_errors must be a number of files or a share from 0.0 to 1.0; got '1%'"),
        ({"views": True}, "views must be at least 1, and a whole number; got True"),
        ({"eval_resize": 40.5}, "eval_resize must be at least 1, and a whole number; got 40.5"),
        ({"seed": 1.5}, "seed must be a whole number; got 1.5"),
        ({"seed": True}, "seed must be a whole number; got True"),
        ({"rank": 0.5}, "rank must be a whole number; got 0.5"),
        ({"world_size": 2.0}, "world_size must be a whole number; got 2.0"),
        ({"window": "2"}, "window must be a whole number; got '2'"),
        ({"drop_last": "no"}, "drop_last must be True or False; got 'no'"),
        ({"timeout": float("inf")}, "timeout must be at most 9.22337e+09 seconds; got inf"),
        ({"timeout": float("nan")}, "timeout must be more than 0 seconds; got nan"),
        ({"timeout": True}, "timeout must be more than 0 seconds; got True"),
        ({"mean": (0.5, 0.5, float("nan"))}, "mean must be finite in every channel"),
        ({"std": (0.5, 0.5, float("inf"))}, "std must be finite in every channel"),
        ({"max_errors": float("nan")}, "max_errors must be a number of files or a share"),
        ({"cache": True}, "cache must be 'auto', None or a number of MiB; got True"),
        ({"cache": 2.5}, "cache must be 'auto', None or a number of MiB; got 2.5"),
        ({"cache": 8, "workers": "processes"}, "cache must be 'auto' or None with workers='processes'"),
        ({"augment": "crop+randaugment=0.5,9"}, "num_ops of augment 'randaugment' must be a whole number"),
        ({"augment": "none+jitter", "transform": whole}, "augment 'none' with a transform, which is given the picture"),
        ({"augment": Augment(), "interpolation": "cubic"}, "interpolation must be left to the Augment that is given"),
        ({"augment": Augment(), "eval_resize": 64}, "eval_resize must be left to the Augment that is given"),
    ],
)
def test_an_unusable_argument_is_refused_in_one_sentence(
    plan: Path, open_loader: Open, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        open_loader(plan, **options)


def test_what_is_no_plan_is_refused(open_loader: Open) -> None:
    with pytest.raises(ConfigError, match="plan must be a plan folder, or an opened Plan; got 5"):
        open_loader(5)


def test_numbers_of_numpy_are_as_good_as_python_s(plan: Path, open_loader: Open) -> None:
    names = ("batch_size", "image_size", "seed", "rank", "world_size", "window", "num_threads", "prefetch", "views")
    given = dict.fromkeys(names, 1) | {"batch_size": 8, "image_size": 32, "seed": 0, "rank": 0}
    loader = open_loader(plan, **{name: np.int64(value) for name, value in given.items()}, max_errors=np.int64(3))
    json.dumps([loader.state_dict(), loader.stats()])
    assert np.array_equal(pixels(list(loader)), pixels(list(open_loader(plan, views=1))))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 37}, "got 37 for a plan of 36 draws, so that each epoch is one smaller batch"),
        ({"batch_size": 20, "world_size": 2}, "got 40 for a plan of 36 draws, so that each epoch is one smaller batch"),
        ({"batch_size": 64, "drop_last": True}, "got 64 for a plan of 36 draws, so that drop_last leaves no step"),
    ],
)
def test_a_total_batch_larger_than_the_epoch_is_warned_of(
    plan: Path, open_loader: Open, caplog: pytest.LogCaptureFixture, options: dict[str, Any], said: str
) -> None:
    open_loader(plan, **options)
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("WARNING", f"a total batch should be at most an epoch; {said}")
    ]


def test_a_total_batch_of_one_epoch_is_not_warned_of(
    plan: Path, open_loader: Open, caplog: pytest.LogCaptureFixture
) -> None:
    open_loader(plan, batch_size=36)
    assert caplog.records == []


def test_a_folder_without_a_plan_is_refused(tmp_path: Path, open_loader: Open) -> None:
    with pytest.raises(PlanError, match=r"must be a folder with plan\.json"):
        open_loader(tmp_path)
