"""Weight files of PaddleClas: the same logits before and after, for each family, layout and container."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import CheckpointError
from datatool.frameworks import open_framework
from datatool.models import check_kind, find_head, load_pretrained, make_backbone, read_weights
from datatool.runs import backbone_of
from tests.helpers import clas_weights
from tests.helpers.paddle_layers import scatter_statistics

paddle = pytest.importorskip("paddle")
CLASSES = 5
VD18, VD50, VD101 = (2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 23, 3)


def built(backbone: str, folder: Path, *, seed: int | None = None) -> Any:
    """A net of ours; with a seed, as after training."""
    made = make_backbone(backbone, framework="paddle", class_num=CLASSES, base=folder)
    if seed is not None:
        scatter_statistics(made, seed=seed)
    return made


def state(model: Any) -> dict[str, Any]:
    return {name: tensor.numpy() for name, tensor in model.state_dict().items()}


def logits(model: Any) -> Any:
    model.eval()
    pictures = np.random.default_rng(0).normal(size=(2, 3, 64, 64)).astype(np.float32)
    with paddle.no_grad():
        return model(paddle.to_tensor(pictures)).numpy()


def save(arrays: dict[str, Any], file: Path) -> Path:
    paddle.save({name: paddle.to_tensor(array) for name, array in arrays.items()}, str(file))
    return file


def loads_the_same(model: Any, backbone: str, file: Path, *, mode: Any = "keep") -> Any:
    """The report, after the logits of a fresh net were found equal to the last bit."""
    kit = open_framework("paddle")
    fresh = built(backbone, file.parent)
    report = load_pretrained(kit, fresh, file, head=find_head(kit, fresh), mode=mode)
    assert not report.missing
    assert not report.unexpected
    if mode == "keep":
        assert np.array_equal(logits(model), logits(fresh))
    return report


@pytest.mark.parametrize(
    ("backbone", "rename"),
    [
        ("datatool:resnet18_vd", partial(clas_weights.release_2_0, depths=VD18)),
        ("datatool:resnet50_vd", partial(clas_weights.release_2_0, depths=VD50)),
        ("datatool:resnet18_vd", partial(clas_weights.static_graph, depths=VD18)),
        ("datatool:resnet101_vd", partial(clas_weights.static_graph, depths=VD101, long=True)),
        ("paddle.vision:resnet50", partial(clas_weights.without_d, depths=VD50)),
        ("datatool:repvgg_a0", clas_weights.repvgg),
        ("datatool:pplcnet_x0_25", dict),
        ("datatool:mobilenetv3_small_x0_35", dict),
    ],
)
def test_files_of_paddleclas_give_the_same_logits(tmp_path: Path, backbone: str, rename: Any) -> None:
    """Every name is told apart and none is guessed."""
    model = built(backbone, tmp_path, seed=3)
    loads_the_same(model, backbone, save(rename(state(model)), tmp_path / "w.pdparams"))


def test_the_translation_is_said(tmp_path: Path) -> None:
    """In the report that is kept with a run; a headless file keeps working."""
    model = built("datatool:resnet18_vd", tmp_path, seed=3)
    arrays = clas_weights.release_2_0(state(model), VD18)
    headless = {name: array for name, array in arrays.items() if not name.startswith("out.")}
    report = loads_the_same(model, "datatool:resnet18_vd", save(headless, tmp_path / "w.pdparams"), mode="new")
    assert "PaddleClas release 2.0" in " ".join(report.notes)
    assert "the file has none" in report.head


def test_a_student_is_taken_from_beside_its_teacher(tmp_path: Path) -> None:
    """And its own file, with the prefix, loads as before."""
    model = built("datatool:pplcnet_x0_25", tmp_path, seed=3)
    arrays = {f"Student.{name}": array for name, array in state(model).items()}
    teacher = {"Teacher.fc.weight": np.ones((2, 2), np.float32)}
    both = loads_the_same(model, "datatool:pplcnet_x0_25", save({**teacher, **arrays}, tmp_path / "b.pdparams"))
    assert "Teacher are left aside" in " ".join(both.notes)
    loads_the_same(model, "datatool:pplcnet_x0_25", save(arrays, tmp_path / "s.pdparams"))


def test_a_backbone_inside_a_rec_model(tmp_path: Path) -> None:
    """With `neck.` and `head.` beside it."""
    model = built("datatool:pplcnet_x0_25", tmp_path, seed=3)
    arrays = {f"backbone.{name}": array for name, array in state(model).items()}
    arrays["neck.fc.weight"] = arrays["head.weight"] = np.ones((2, 2), np.float32)
    loads_the_same(model, "datatool:pplcnet_x0_25", save(arrays, tmp_path / "r.pdparams"))


def test_a_path_without_its_suffix_a_folder_and_tars(tmp_path: Path) -> None:
    """What PaddleClas took, and what it gave to download."""
    model = built("datatool:resnet18_vd", tmp_path, seed=3)
    file = save(state(model), tmp_path / "best.pdparams")
    loads_the_same(model, "datatool:resnet18_vd", tmp_path / "best")
    static = clas_weights.write_variables(tmp_path / "vars", clas_weights.static_graph(state(model), VD18))
    loads_the_same(model, "datatool:resnet18_vd", static)
    for name, inside in (("a.tar", static), ("b.tar", file)):
        with tarfile.open(tmp_path / name, "w") as archive:
            archive.add(inside, arcname=f"ResNet18_vd_pretrained/{inside.name}" if inside.is_file() else inside.name)
        loads_the_same(model, "datatool:resnet18_vd", tmp_path / name)


def test_a_folder_that_paddle_itself_saved(tmp_path: Path) -> None:
    """Variables of a program of the old kind, each saved by Paddle's own operator."""
    code = (
        "import sys, paddle; paddle.set_flags({'FLAGS_enable_pir_api': False}); paddle.enable_static()\n"
        "x = paddle.static.data('x', [None, 3]); paddle.static.nn.fc(x, 4)\n"
        "run = paddle.static.Executor(paddle.CPUPlace()); run.run(paddle.static.default_startup_program())\n"
        "main = paddle.static.default_main_program()\n"
        "paddle.static.save_vars(run, sys.argv[1], main, vars=main.all_parameters())\n"
    )
    folder = tmp_path / "vars"
    environment = {**os.environ, "FLAGS_enable_pir_api": "0"}
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, env=environment)
    if done.returncode:
        pytest.skip(f"this Paddle saves no variables: {done.stderr.decode().splitlines()[-1]}")
    arrays = read_weights(folder).arrays
    assert [(3, 4), (4,)] == sorted((array.shape for array in arrays.values()), key=len, reverse=True)


@pytest.mark.parametrize("cut", [1, 5, 20, 30, 200])
def test_damaged_variables_are_refused(tmp_path: Path, cut: int) -> None:
    """Cut anywhere; nothing but a sentence."""
    folder = clas_weights.write_variables(tmp_path / "vars", {"a": np.ones((3, 70), np.float32), "b": np.ones(3)})
    data = (folder / "a").read_bytes()
    (folder / "b").write_bytes(data[:-cut])
    with pytest.raises(CheckpointError, match="one variable in each file"):
        read_weights(folder)
    with tarfile.open(tmp_path / "v.tar", "w") as archive:
        archive.add(folder, arcname="vars")
    whole = (tmp_path / "v.tar").read_bytes()
    (tmp_path / "v.tar").write_bytes(whole[:700])
    with pytest.raises(CheckpointError):
        read_weights(tmp_path / "v.tar")


def test_other_folders_are_refused_as_before(tmp_path: Path) -> None:
    """An empty one, and one of something else."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.txt").write_text("nothing like it")
    for name in ("empty", "other"):
        with pytest.raises(CheckpointError, match="got the folder"):
            check_kind(tmp_path / name)


def test_a_resnet18_of_paddleclas_is_not_that_of_paddle(tmp_path: Path) -> None:
    """It has a projection in its first block: the file is refused, and the name is PaddleClas's own."""
    assert backbone_of("ResNet18") == "paddleclas:ResNet18"
    model = built("paddle.vision:resnet18", tmp_path, seed=3)
    arrays = clas_weights.without_d(state(model), VD18)
    arrays["blocks.0.short.conv.weight"] = np.ones((64, 64, 1, 1), np.float32)
    for part in ("weight", "bias", "_mean", "_variance"):
        arrays[f"blocks.0.short.bn.{part}"] = np.ones(64, np.float32)
    file = save(arrays, tmp_path / "w.pdparams")
    kit = open_framework("paddle")
    with pytest.raises(CheckpointError, match="must match"):
        load_pretrained(kit, model, file, head="fc", mode="keep")


@pytest.mark.parametrize("name", ["ResNet50_vd", "ResNet101", "PPLCNet_x2_5", "MobileNetV3_large_x1_25", "RepVGG_A0"])
def test_names_of_the_same_nets_are_ours(name: str) -> None:
    """Everything else is built by PaddleClas itself."""
    assert not backbone_of(name).startswith("paddleclas:")
