"""Predictions equal the evaluation's, in order, with bad images named."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from datatool.deploy import Prediction, Predictor, image_paths, log_ratio, predict, read_prior, write_parquet
from datatool.deploy._estimate import estimate
from datatool.errors import ConfigError, DatasetError
from datatool.evaluation import eval_rows, evaluate
from datatool.frameworks import has_bfloat16
from tests.helpers.hostile import GOOD, assert_refused, bounded, hostile_folder
from tests.helpers.program import Cli


def test_predictions_equal_the_evaluation_class_by_class(trained: Path, exported: Path) -> None:
    home = trained.parents[1]
    document = evaluate(trained)
    rows = eval_rows("val.txt", base=home)

    found = [each.classes[0] for each in predict(Predictor.open(exported), rows.path, topk=1)]

    confusion = np.zeros((3, 3), int)
    np.add.at(confusion, (rows.label, found), 1)
    assert confusion.tolist() == document.confusion


def test_scores_fall_and_sum_to_one(trained: Path, exported: Path) -> None:
    paths = image_paths([str(trained.parents[1] / "val.txt")])

    for each in predict(Predictor.open(exported), paths, topk=3, batch_size=4):
        assert sorted(each.scores, reverse=True) == list(each.scores)
        assert each.scores.sum() == pytest.approx(1, abs=1e-5)


def test_images_come_out_in_the_order_they_were_given(trained: Path, exported: Path) -> None:
    paths = image_paths([str(trained.parents[1] / "val.txt")])[::-1]

    assert [each.path for each in predict(Predictor.open(exported), paths, batch_size=4)] == paths


def test_a_bad_image_is_named_and_the_others_are_predicted(
    trained: Path, exported: Path, tmp_path: Path, cli: Cli
) -> None:
    good = image_paths([str(trained.parents[1] / "val.txt")])[0]
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")

    done = cli("predict", exported, good, bad, "--topk", 1)

    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert [line["path"] for line in lines] == [good, str(bad)]
    assert len(lines[0]["topk"]) == 1
    assert set(lines[0]["topk"][0]) == {"class", "name", "score"}
    assert lines[1]["topk"] == []
    assert lines[1]["error"]


def test_pictures_made_to_do_harm_are_refused_within_bounds(trained: Path, exported: Path, tmp_path: Path) -> None:
    """Each is named with its reason, within 2 GiB and 20 CPU seconds, and nothing else is started."""
    del trained
    folder = hostile_folder(tmp_path)
    done = bounded(["-m", "datatool", "predict", str(exported), str(folder / "list.txt")], folder)
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [Path(line["path"]).name for line in lines if line["topk"]] == GOOD
    assert_refused({line["path"]: line["error"] for line in lines if not line["topk"]})


def test_predictions_are_written_as_parquet(trained: Path, exported: Path, tmp_path: Path, cli: Cli) -> None:
    import pyarrow.parquet as pq

    done = cli("predict", exported, trained.parents[1] / "val.txt", "--out", tmp_path / "p.parquet")

    table = pq.read_table(tmp_path / "p.parquet")
    assert done.code == 0
    assert table.num_rows == 18
    assert table.column_names == ["path", "topk", "error"]


def test_a_list_without_labels_is_predicted_too(trained: Path, tmp_path: Path) -> None:
    pictures = sorted((trained.parents[1] / "pictures").rglob("*.*"))[:3]
    listing = tmp_path / "bare.txt"
    listing.write_text("".join(f"{picture}\n" for picture in pictures))

    assert image_paths([str(listing)]) == [str(picture) for picture in pictures]


def test_a_folder_gives_every_image_below_it_sorted(tmp_path: Path) -> None:
    for name in ("b/2.png", "a/1.JPG", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")

    assert image_paths([str(tmp_path)]) == [str(tmp_path / "a/1.JPG"), str(tmp_path / "b/2.png")]


def test_every_line_of_a_mixed_list_gives_one_line(trained: Path, exported: Path, tmp_path: Path, cli: Cli) -> None:
    """Bare, labelled, wrongly labelled, missing, a pipe, and a line that is no path."""
    good = image_paths([str(trained.parents[1] / "val.txt")])[0]
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "list.txt").write_text(f"{good} 1\n{good}\n{good} cat\ngone.jpg 1\npipe.jpg\n5\n")

    done = cli("predict", exported, tmp_path / "list.txt", "--topk", 1)

    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert [Path(line["path"]).name for line in lines] == [Path(good).name] * 3 + ["gone.jpg", "pipe.jpg"]
    assert ["error" in line for line in lines] == [False, False, False, True, True]
    assert "list.txt:6 (no path before the label)" in done.err
    assert "2 of 5 images cannot be read." in done.err


def test_a_list_whose_images_all_are_missing_is_named_line_by_line(exported: Path, tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "list.txt").write_text("gone.jpg 1\nlost.jpg 2\n")

    done = cli("predict", exported, tmp_path / "list.txt")

    assert done.code == 1
    assert [json.loads(line)["topk"] for line in done.out.splitlines()] == [[], []]


def test_a_list_of_lines_that_name_nothing_gives_no_line(exported: Path, tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "list.txt").write_text("5\n6\n")

    done = cli("predict", exported, tmp_path / "list.txt")
    assert done.code == 1
    assert done.out == ""


def test_an_image_without_an_images_name_is_predicted(trained: Path, tmp_path: Path) -> None:
    good = image_paths([str(trained.parents[1] / "val.txt")])[0]
    (tmp_path / "photo").write_bytes(Path(good).read_bytes())

    assert image_paths([str(tmp_path / "photo")]) == [str(tmp_path / "photo")]


def test_an_empty_name_is_not_this_folder() -> None:
    with pytest.raises(DatasetError, match="got an empty name"):
        image_paths([""])


def test_without_a_listener_a_line_that_names_no_image_raises(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("5\n")

    with pytest.raises(DatasetError, match=r"no path before the label.*list\.txt:1"):
        image_paths([str(tmp_path / "list.txt")])


def test_a_folder_to_write_to_is_refused_before_anything_is_predicted(exported: Path, tmp_path: Path, cli: Cli) -> None:
    done = cli("predict", exported, "gone.txt", "--out", tmp_path)
    assert done.code == 2
    assert "a folder" in done.err


def test_a_folder_without_a_picture_is_the_data_set_that_it_holds(tmp_path: Path) -> None:
    """A pack, or what `split` wrote beside the pictures, brings the images of its `dataset.yaml`."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "train.txt").write_text("a.jpg 0\nb c.jpg 1\n")
    (tmp_path / "out" / "dataset.yaml").write_text("schema: datatool.dataset/1\ntrain: [{list: train.txt, root: ..}]\n")
    found = [Path(path).resolve() for path in image_paths([str(tmp_path / "out")])]
    assert found == [tmp_path / "a.jpg", tmp_path / "b c.jpg"]


def test_an_input_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="brings none"):
        image_paths([str(tmp_path)])


def test_a_deployment_prior_moves_scores_by_its_ratio() -> None:
    shift = log_ratio({0: 0.9, 1: 0.1}, {0: 0.5, 1: 0.5}, class_num=3)

    np.testing.assert_allclose(shift, [np.log(1.8), np.log(0.2), -np.inf], rtol=1e-6)


def test_an_untrained_class_with_a_share_keeps_its_logits() -> None:
    shift = log_ratio({0: 0.5, 1: 0.3, 2: 0.2}, {0: 0.5, 1: 0.5}, class_num=3)

    assert shift[2] == 0


@pytest.mark.parametrize(
    ("deploy", "reason"),
    [
        ({0: 0.0, 1: 0.0}, "positive, finite sum; got 0"),
        ({}, "positive, finite sum; got 0"),
        ({0: 1e308, 1: 1e308}, "positive, finite sum; got inf"),
        ({2: 1.0}, "the model was trained on; got none"),
    ],
)
def test_shares_that_leave_no_trained_class_are_refused(deploy: dict[int, float], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        log_ratio(deploy, {0: 0.5, 1: 0.5}, class_num=3)


def test_a_plans_prior_is_read_by_id_though_names_look_like_ids(tmp_path: Path) -> None:
    file = tmp_path / "prior.json"
    file.write_text('{"prior": {"0": 0.2, "1": 0.8}}')
    assert read_prior(file, names=["1", "0"]) == {0: 0.2, 1: 0.8}
    file.write_text('{"0": 0.2, "1": 0.8}')
    assert read_prior(file, names=["1", "0"]) == {1: 0.2, 0: 0.8}


def test_a_class_with_no_share_is_never_predicted(trained: Path, exported: Path) -> None:
    paths = image_paths([str(trained.parents[1] / "val.txt")])

    found = predict(Predictor.open(exported), paths, topk=3, deploy_prior={0: 0.5, 1: 0.5})

    assert all(each.classes[-1] == 2 and each.scores[-1] == 0 for each in found)


@pytest.mark.parametrize("text", ['{"hat": 0.2, "1": 0.8}', '{"prior": {"0": 0.2, "1": 0.8}, "schema": "x"}'])
def test_a_prior_is_read_by_name_id_or_from_a_plan(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prior.json"
    file.write_text(text)

    assert read_prior(file, names=["hat", "shoe"]) == {0: 0.2, 1: 0.8}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "must be JSON"),
        ("{}", "no class"),
        ('{"hut": 1}', "did you mean 'hat'"),
        ('{"0": -1}', "at least 0"),
        ('{"0": 1e999}', "at least 0"),
        (f'{{"0": 1{"0" * 400}}}', "at least 0"),
        ('{"hat": 1, "0": 1}', "'0' is class 0 again"),
        ('{"hat": 1, "hat": 2}', "the key 'hat' twice"),
        ('{"prior": {"hat": 1}}', "got 'hat'"),
    ],
)
def test_a_faulty_prior_is_one_sentence(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "prior.json"
    file.write_text(text)

    with pytest.raises(ConfigError, match=reason):
        read_prior(file, names=["hat", "shoe"])


def test_equal_logits_give_the_lower_class_first(exported: Path) -> None:
    from datatool.deploy._predict import _best

    classes, scores = _best(np.zeros((1, 3), np.float32), 2)

    assert classes.tolist() == [[0, 1]]
    np.testing.assert_allclose(scores, [[1 / 3, 1 / 3]])


def test_bfloat16_moves_scores_a_little(trained: Path, exported: Path, cli: Cli) -> None:
    if not has_bfloat16(pytest.importorskip("paddle")):
        pytest.skip("this CPU has no bfloat16 instructions")
    found = []
    for precision in ("float32", "bfloat16"):
        listed = trained.parents[1] / "val.txt"
        done = cli("predict", exported, listed, "--topk", 3, "--precision", precision)
        assert done.code == 0
        lines = [json.loads(line) for line in done.out.splitlines()]
        found.append([{each["class"]: each["score"] for each in line["topk"]} for line in lines])
    assert found[0] != found[1]
    for exact, near in zip(*found, strict=True):
        assert near == pytest.approx(exact, abs=0.02)


def test_bfloat16_is_refused_where_it_is_missing(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datatool.deploy._paddle.has_bfloat16", lambda _: False)
    with pytest.raises(ConfigError, match="bfloat16 must go with a CPU"):
        Predictor.open(exported, bfloat16=True)


def test_an_error_is_a_line_of_its_own(tmp_path: Path) -> None:
    bad = Prediction(path="x.jpg", classes=np.zeros(0, np.int64), scores=np.zeros(0, np.float32), error="empty")
    write_parquet([bad], [], tmp_path / "p.parquet")

    assert bad.to_dict([]) == {"path": "x.jpg", "topk": [], "error": "empty"}


def test_names_of_a_file_are_shown_for_classes_that_have_only_ids(
    trained: Path, exported: Path, tmp_path: Path, cli: Cli
) -> None:
    (tmp_path / "names.txt").write_text("0 hat\n1 shoe\n2 sock\n")
    done = cli(
        "predict",
        exported,
        eval_rows("val.txt", base=trained.parents[1]).path[0],
        "--names",
        tmp_path / "names.txt",
        "--topk",
        3,
    )
    assert done.code == 0, done.err
    shown = json.loads(done.out)["topk"]
    assert {one["class"]: one["name"] for one in shown} == {0: "hat", 1: "shoe", 2: "sock"}


def test_shares_in_use_are_found_from_predictions_and_read_as_a_prior(
    trained: Path, exported: Path, tmp_path: Path, cli: Cli
) -> None:
    paths = eval_rows("val.txt", base=trained.parents[1]).path
    done = cli("predict", exported, *paths, "--estimate-prior", tmp_path / "prior.json")
    assert done.code == 0, done.err
    made = json.loads((tmp_path / "prior.json").read_text())
    assert made["images"] == len(paths)
    assert sum(made["prior"].values()) == pytest.approx(1)
    again = cli("predict", exported, paths[0], "--deploy-prior", tmp_path / "prior.json")
    assert again.code == 0, again.err


def test_the_estimate_finds_the_shares_of_a_calibrated_model() -> None:
    """Two normal classes, one apart: the Bayes posteriors under equal shares, of a sample with 0.8 and 0.2."""
    generator = np.random.default_rng(3)
    truth = generator.random(20_000) < 0.2
    points = generator.normal(truth.astype(float), 1.0)
    posterior = 1 / (1 + np.exp(points - 0.5))
    shares, steps = estimate(np.column_stack([posterior, 1 - posterior]), np.array([0.5, 0.5]))
    assert shares[1] == pytest.approx(0.2, abs=0.02)
    assert steps < 1_000
