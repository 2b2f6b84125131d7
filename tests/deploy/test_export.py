"""What is exported predicts as the run does, or is not there."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.deploy import Predictor, export
from datatool.deploy._logits import Logits
from datatool.errors import CheckpointError, ConfigError
from datatool.evaluation import transform_loader
from datatool.models import fuse
from datatool.schemas import ModelMeta
from tests.helpers.program import Cli

Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.parametrize("name", ["paddle", "pdparams", "onnx"])
def test_every_format_is_verified_on_real_images(trained: Path, tmp_path: Path, name: str) -> None:
    if name == "onnx":
        pytest.importorskip("paddle2onnx")

    done = export(trained, out=tmp_path / "model", format=name, num_images=7)

    assert done.meta.verified.images == done.meta.verified.same_top1 == 7
    assert done.meta.verified.max_abs_diff < 1e-4
    assert {file.name for file in (tmp_path / "model").iterdir()} == set(done.files)


def test_a_torch_run_exports_to_onnx(trained_torch: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")

    done = export(trained_torch, out=tmp_path / "model", format="onnx", num_images=7)

    assert done.meta.verified.same_top1 == 7


def test_the_meta_data_is_that_of_the_run(trained: Path, tmp_path: Path) -> None:
    export(trained, out=tmp_path / "model")

    meta = json.loads((tmp_path / "model" / "model.meta.json").read_text())
    assert set(meta) == {"schema", "class_num", "names", "transform", "prior", "weights", "verified"}
    assert meta["schema"] == "datatool.model/1"
    assert meta["class_num"] == 3
    assert meta["transform"]["image_size"] == 16
    assert meta["prior"] == pytest.approx({"0": 1 / 3, "1": 1 / 3, "2": 1 / 3})


def _random_head(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_head(model: Any, **options: Any) -> Any:
        import paddle

        fused = fuse(model, **options)
        head = [layer for layer in fused.sublayers() if isinstance(layer, paddle.nn.Linear)][-1]
        head.weight.set_value(paddle.randn(head.weight.shape))
        return fused

    monkeypatch.setattr("datatool.deploy._paddle.fuse", without_head)


def _swapped_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    def swapped(model: Any, **options: Any) -> Any:
        import paddle

        fused = fuse(model, **options)
        first = next(layer for layer in fused.sublayers() if isinstance(layer, paddle.nn.Conv2D))
        first.weight.set_value(first.weight.flip([1]))
        return fused

    monkeypatch.setattr("datatool.deploy._paddle.fuse", swapped)


def _training_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_the_batch(model: Any, **_: Any) -> Any:
        import paddle

        for layer in model.sublayers():
            if isinstance(layer, paddle.nn.BatchNorm2D):
                layer._use_global_stats = False  # tracing switches to evaluation mode; this outlives it
        return model

    monkeypatch.setattr("datatool.deploy._paddle.fuse", lambda model, **_: of_the_batch(copy.deepcopy(model)))


def _another_transform(monkeypatch: pytest.MonkeyPatch) -> None:
    def unnormalised(paths: Any, labels: Any, transform: Any, **options: Any) -> Any:
        return transform_loader(paths, labels, transform.model_copy(update={"mean": (0.0, 0.0, 0.0)}), **options)

    monkeypatch.setattr("datatool.deploy._predictor.transform_loader", unnormalised)


@pytest.mark.parametrize("plant", [_random_head, _swapped_channels, _training_mode, _another_transform])
def test_a_planted_fault_is_caught_and_leaves_no_file(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    plant(monkeypatch)

    with pytest.raises(CheckpointError, match=r"worst on '.*\.(png|jpg)'"):
        export(trained, out=tmp_path / "model")

    assert list(tmp_path.iterdir()) == []


def test_another_class_num_is_caught_and_leaves_no_file(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    shutil.copytree(trained.parents[1], folder)
    run = folder / trained.relative_to(trained.parents[1])
    for state in run.glob("checkpoints/step_*/state.json"):
        state.write_text(state.read_text().replace('"class_num": 3', '"class_num": 5'))

    with pytest.raises(CheckpointError, match="shape"):
        export(run, out=tmp_path / "model")

    assert not (tmp_path / "model").exists()


def test_an_earlier_export_stays_when_the_next_one_fails(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(trained, out=tmp_path / "model")
    before = {file.name: file.read_bytes() for file in (tmp_path / "model").iterdir()}
    _random_head(monkeypatch)

    with pytest.raises(CheckpointError):
        export(trained, out=tmp_path / "model")

    assert {file.name: file.read_bytes() for file in (tmp_path / "model").iterdir()} == before


def test_the_command_says_that_it_replaced_an_earlier_export(trained: Path, tmp_path: Path, cli: Cli) -> None:
    """A run is never replaced; an export can be made again from its run, and is."""
    first, second = (cli("export", trained, "-o", tmp_path / "model") for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert "replaced" not in first.err
    assert f"replaced the earlier export in {tmp_path / 'model'}" in second.err


def test_a_folder_that_is_no_export_is_refused(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a new folder or an earlier export"):
        export(trained, out=tmp_path)


def test_an_earlier_export_beside_foreign_files_is_refused(trained: Path, tmp_path: Path) -> None:
    export(trained, out=tmp_path / "model")
    (tmp_path / "model" / "notes.txt").write_text("mine")

    with pytest.raises(ConfigError, match=r"also holds 'notes\.txt'"):
        export(trained, out=tmp_path / "model")

    assert (tmp_path / "model" / "notes.txt").read_text() == "mine"


def test_a_folder_with_another_programs_meta_is_refused(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.meta.json").write_text('{"mine": 1}')

    with pytest.raises(ConfigError, match="must be a new folder or an earlier export"):
        export(trained, out=tmp_path / "model")

    assert [file.name for file in (tmp_path / "model").iterdir()] == ["model.meta.json"]


def test_images_that_cannot_be_read_are_not_counted_as_verified(trained: Path, tmp_path: Path) -> None:
    home = shutil.copytree(trained.parents[1], tmp_path / "home")
    run = home / trained.relative_to(trained.parents[1])
    pictures = sorted(home.glob("pictures/val_*"))
    for picture in pictures[1:]:
        picture.write_bytes(b"junk")

    done = export(run, out=tmp_path / "model")

    assert done.meta.verified.images == done.meta.verified.same_top1 == 1
    pictures[0].write_bytes(b"junk")
    with pytest.raises(ConfigError, match="none of 18 can be read"):
        export(run, out=tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_run_whose_logits_are_not_finite_is_refused(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Logits(values=np.full((18, 3), np.nan, np.float32), read=np.ones(18, np.bool_))
    monkeypatch.setattr("datatool.deploy._exported_run.ExportedRun.logits", lambda _, rows: nothing)

    with pytest.raises(CheckpointError, match="must give finite logits to be exported"):
        export(trained, out=tmp_path / "model", format="pdparams")

    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format_is_refused_with_the_nearest(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'onnx'"):
        export(trained, out=tmp_path / "model", format="onx")


def test_a_torch_run_is_not_exported_to_paddle(trained_torch: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="run of the paddle trainer"):
        export(trained_torch, out=tmp_path / "model")


def test_weights_alone_cannot_be_predicted_with(trained: Path, tmp_path: Path) -> None:
    export(trained, out=tmp_path / "model", format="pdparams")

    with pytest.raises(ConfigError, match="weights only"):
        Predictor.open(tmp_path / "model")


def test_damaged_meta_data_is_one_sentence(trained: Path, tmp_path: Path) -> None:
    export(trained, out=tmp_path / "model")
    (tmp_path / "model" / "model.meta.json").write_text("{")

    with pytest.raises(CheckpointError, match="must be JSON"):
        Predictor.open(tmp_path / "model")


def test_meta_data_survives_writing_and_reading(trained: Path, tmp_path: Path) -> None:
    done = export(trained, out=tmp_path / "model")

    assert ModelMeta.parse(json.loads(done.meta.to_json())) == done.meta


def test_exported_logits_do_not_depend_on_the_batch(trained: Path, tmp_path: Path) -> None:
    export(trained, out=tmp_path / "model")
    model = Predictor.open(tmp_path / "model", num_threads=1)
    paths = sorted(str(file) for file in (trained.parents[1] / "pictures").rglob("*.*"))[:5]

    np.testing.assert_allclose(model.logits(paths, batch_size=1), model.logits(paths, batch_size=5), atol=1e-5)


@pytest.mark.parametrize("name", ["trained", "trained_torch"])
def test_the_batch_of_an_onnx_graph_is_any_number(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    """Its size is a symbol in the graph, and 1, 3 and 8 images give the logits of one by one, in onnxruntime itself."""
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("paddle2onnx" if name == "trained" else "onnxscript")
    export(request.getfixturevalue(name), out=tmp_path / "model", format="onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model" / "model.onnx", providers=["CPUExecutionProvider"])
    [given], [found] = session.get_inputs(), session.get_outputs()
    assert not isinstance(given.shape[0], int)
    assert not isinstance(found.shape[0], int)
    assert given.shape[1:] == [3, 16, 16]
    images = np.random.default_rng(0).normal(size=(8, 3, 16, 16)).astype(np.float32)
    alone = np.concatenate([session.run(None, {given.name: images[place : place + 1]})[0] for place in range(8)])
    for size in (1, 3, 8):
        [logits] = session.run(None, {given.name: images[:size]})
        np.testing.assert_allclose(logits, alone[:size], rtol=1e-4, atol=1e-5)


def test_what_verified_excludes_is_said(trained: Path, tmp_path: Path, cli: Cli) -> None:
    """18 images without a fault exclude a rate of 15.3 %, not of every fault; in the document and on the screen."""
    verified = export(trained, out=tmp_path / "model").meta.verified
    assert (verified.images, verified.same_top1) == (18, 18)
    assert verified.excluded_rate == pytest.approx(1 - 0.05 ** (1 / 18))
    said = cli("export", str(trained), "-o", str(tmp_path / "again"))
    assert "another first class is rarer than 15.33% (95 % confidence)" in said.out
