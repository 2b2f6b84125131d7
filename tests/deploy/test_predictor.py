"""A damaged model folder is refused before it predicts."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.deploy import Predictor, image_paths, predict
from datatool.errors import CheckpointError, DatasetError

FILES = ("inference.json", "inference.pdiparams")


@pytest.fixture
def model(exported: Path, tmp_path: Path) -> Path:
    return shutil.copytree(exported, tmp_path / "model")


def change_meta(model: Path, **values: Any) -> None:
    file = model / "model.meta.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(model: Path, name: str) -> None:
    (model / name).unlink()

    with pytest.raises(CheckpointError, match=f"must hold '{name}'"):
        Predictor.open(model)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused_by_its_digest(model: Path, name: str) -> None:
    content = (model / name).read_bytes()
    (model / name).write_bytes(content[: len(content) // 2])

    with pytest.raises(CheckpointError, match=f"'{name}' must be the file that was exported"):
        Predictor.open(model)


def test_an_export_from_before_digests_still_opens(model: Path, trained: Path) -> None:
    (model / "SHA256SUMS").unlink()

    found = list(predict(Predictor.open(model), image_paths([str(trained.parents[1] / "val.txt")])))

    assert len(found) == 18


def test_digests_are_those_of_sha256sum(model: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=model, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [f"{name}: OK" for name in FILES]


def test_a_torn_program_without_digest_is_one_sentence(model: Path) -> None:
    (model / "SHA256SUMS").unlink()
    (model / "inference.json").write_text("{")

    with pytest.raises(CheckpointError, match="must be one that can be opened"):
        Predictor.open(model)


def test_names_that_do_not_fit_class_num_are_refused(model: Path) -> None:
    change_meta(model, names=["a", "b"])

    with pytest.raises(CheckpointError, match="a name for each of 3 classes; got 2"):
        Predictor.open(model)


def test_a_class_num_that_does_not_fit_the_logits_is_refused(model: Path, trained: Path) -> None:
    change_meta(model, names=["a", "b"], class_num=2)
    paths = image_paths([str(trained.parents[1] / "val.txt")])

    with pytest.raises(CheckpointError, match=r"must give 2 logits per image.*shape \(18, 3\)"):
        list(predict(Predictor.open(model), paths))


def test_logits_that_are_not_finite_are_refused_with_the_image(exported: Path, trained: Path) -> None:
    opened = Predictor.open(exported)
    paths = image_paths([str(trained.parents[1] / "val.txt")])

    def broken(images: Any) -> Any:
        logits = opened.run(images)
        logits[2, 1] = np.nan
        return logits

    with pytest.raises(CheckpointError, match=f"finite logits; got nan for '{paths[2]}'"):
        list(predict(Predictor(meta=opened.meta, run=broken), paths))


def test_logits_of_a_picture_that_cannot_be_read_are_refused(exported: Path, trained: Path, tmp_path: Path) -> None:
    good = image_paths([str(trained.parents[1] / "val.txt")])[0]
    (tmp_path / "bad.jpg").write_bytes(b"junk")

    with pytest.raises(DatasetError, match=r"must be readable; got '.*bad.jpg'"):
        Predictor.open(exported).logits([good, str(tmp_path / "bad.jpg")])
