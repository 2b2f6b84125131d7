"""`export --format pdparams`: the line for PaddleClas, and a file that its nets load."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from datatool.deploy import export
from datatool.deploy._pdparams import pixels_said, transform_ops
from datatool.errors import ConfigError
from datatool.paddleclas import check_for_export, check_weights, read_config
from datatool.schemas import Transform
from datatool.training import train
from tests.helpers.clas_reader import applied
from tests.helpers.clas_yaml import sections, six_section, write
from tests.helpers.runs import BASE
from tests.helpers.training_lists import write_lists

paddle = pytest.importorskip("paddle")


def run_of(folder: Path, backbone: str, **data: Any) -> Path:
    """A run of one epoch."""
    folder.mkdir()
    write_lists(folder)
    recipe = {
        **BASE,
        "model": {"backbone": backbone},
        "data": {
            **BASE["data"],
            "train": "train.txt",
            "strategy": "oversample",
            "image_size": 32,
            "eval_resize": None,
            **data,
        },
        "run": {"epochs": 1, "trainer": "paddle"},
    }
    (folder / "r.yaml").write_text(yaml.safe_dump(recipe))
    return train(folder / "r.yaml")


@pytest.mark.parametrize(
    ("backbone", "arch"),
    [
        ("datatool:pplcnet_x0_25", "PPLCNet_x0_25"),
        ("datatool:mobilenetv3_small_x0_35", "MobileNetV3_small_x0_35"),
        ("datatool:repvgg_a0", "RepVGG_A0"),
    ],
)
def test_the_line_names_everything_and_the_file_is_loaded_whole(tmp_path: Path, backbone: str, arch: str) -> None:
    """Pasted through a shell, applied by PaddleClas's rules, checked against its net's names."""
    done = export(run_of(tmp_path / "it's $x", backbone), out=tmp_path / "it's $x" / "out", format="pdparams")
    assert done.meta.verified.same_top1 == done.meta.verified.images
    file = write(tmp_path, sections())
    words = shlex.split("\n".join(done.clas))
    tree = applied(file, words[1::2])
    weights = tree["Global"]["pretrained_model"]
    assert (tmp_path / "it's $x" / "out" / "model.pdparams") == Path(f"{weights}.pdparams")
    assert (arch, 3, False) == tuple(tree["Arch"][key] for key in ("name", "class_num", "pretrained"))
    assert [{"size": 32, "interpolation": "area"}] == [
        one["ResizeImage"] for one in tree["DataLoader"]["Eval"]["dataset"]["transform_ops"] if "ResizeImage" in one
    ]
    names = Path(tree["Infer"]["PostProcess"]["class_id_map_file"]).read_text().splitlines()
    assert ["0", "1", "2"] == [line.split(" ", 1)[0] for line in names]
    found = check_weights(read_config(file, overrides=words[1::2]), weights)
    assert (None, "kept", []) == (found.problem, found.head, found.unexpected)
    assert "pixels differ" in done.use


def test_a_net_that_paddleclas_has_not_is_said(trained: Path, tmp_path: Path) -> None:
    """No line that would not work."""
    done = export(trained, out=tmp_path / "model", format="pdparams")
    assert () == done.clas
    assert "PaddleClas has no such net" in done.use


def test_transforms_are_paddleclass_own() -> None:
    """A short side and a crop, or the whole picture squeezed; linear is bilinear there."""
    common: dict[str, Any] = {"image_size": 224, "mean": (0.5, 0.5, 0.5), "std": (0.2, 0.2, 0.2)}
    ops = transform_ops(Transform(eval_resize=256, interpolation="linear", **common))
    assert ["DecodeImage", "ResizeImage", "CropImage", "NormalizeImage"] == [name for op in ops for name in op]
    assert {"resize_short": 256, "interpolation": "bilinear"} == ops[1]["ResizeImage"]
    squeezed = transform_ops(Transform(eval_resize=None, interpolation="cubic", **common))
    assert {"size": 224, "interpolation": "bicubic"} == squeezed[1]["ResizeImage"]
    assert "pixels agree" in pixels_said(Transform(eval_resize=256, interpolation="linear", **common))


def test_a_yaml_for_the_line_must_have_a_flat_eval(tmp_path: Path) -> None:
    """Six sections, or a gallery, have other keys."""
    check_for_export(read_config(write(tmp_path, sections())))
    with pytest.raises(ConfigError, match=r"DataLoader\.Eval\.dataset"):
        check_for_export(read_config(write(tmp_path, six_section())))
