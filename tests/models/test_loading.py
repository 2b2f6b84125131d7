"""Loading: every key accounted for, other files refused, code never run, names mapped between frameworks."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from datatool.errors import CheckpointError, ConfigError
from datatool.models import read_weights
from tests.helpers.nets import CLASSES, batch_of, build, changed, steps
from tests.helpers.runs import Run

NET = "small_nets:paddle_net"


def save(arrays: dict[str, Any], path: Path) -> str:
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)
    return path.name


@pytest.fixture
def trained(home: Path) -> dict[str, Any]:
    """Weights of a trained small net."""
    made = build(NET, home)
    steps(made)
    return dict(made.state().model)


def without_head(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: array for name, array in arrays.items() if not name.startswith("fc.")}


def test_a_headless_file_and_a_file_with_another_head_load_alike(home: Path, trained: dict[str, Any]) -> None:
    """The backbone is the file's, the head is new; the report tells the two apart."""
    other = {**trained, "fc.weight": np.zeros((12, 1000), np.float32), "fc.bias": np.zeros(1000, np.float32)}
    heads = []
    for name, arrays in (("headless", without_head(trained)), ("other", other)):
        made = build(NET, home, model={"pretrained": save(arrays, home / f"{name}.safetensors")})
        assert changed(trained, made.state().model) <= {"fc.weight", "fc.bias"}
        heads.append(made.state().model["fc.weight"])
    assert np.array_equal(heads[0], heads[1])


def test_keeping_a_head_demands_it_with_its_shape(home: Path, trained: dict[str, Any]) -> None:
    """Missing, of another class_num, and right."""
    keep = {"head": "keep"}
    with pytest.raises(CheckpointError, match=r"must hold the head; 'fc.weight' is missing"):
        build(NET, home, model={**keep, "pretrained": save(without_head(trained), home / "a.safetensors")})
    wrong = {**trained, "fc.weight": np.zeros((12, 9), np.float32)}
    with pytest.raises(CheckpointError, match="the file has another class_num"):
        build(NET, home, model={**keep, "pretrained": save(wrong, home / "b.safetensors")})
    made = build(NET, home, model={**keep, "pretrained": save(trained, home / "c.safetensors")})
    assert not changed(trained, made.state().model)


def test_an_unrelated_file_is_refused_and_nothing_is_loaded(home: Path) -> None:
    """Under 90 % of the backbone matched."""
    name = save({f"x{i}": np.zeros(3, np.float32) for i in range(20)}, home / "x.safetensors")
    with pytest.raises(CheckpointError, match="must match 90% of the backbone's 12 tensors; 0 match"):
        build(NET, home, model={"pretrained": name})


def test_another_width_is_its_own_outcome(home: Path, trained: dict[str, Any]) -> None:
    """The names fit, a shape does not: the first is named."""
    wide = {**trained, "conv2.weight": np.zeros((24, 8, 3, 3), np.float32)}
    with pytest.raises(CheckpointError, match=r"conv2.weight: \[24, 8, 3, 3\] -> \[12, 8, 3, 3\]"):
        build(NET, home, model={"pretrained": save(wide, home / "w.safetensors")})


def test_the_report_is_saved_with_the_run(run: Run, home: Path, trained: dict[str, Any]) -> None:
    """Matched, missing, unexpected; a missing tensor of ten is let pass and named."""
    arrays = {**without_head(trained), "stray": np.zeros(2, np.float32)}
    del arrays["bn1.bias"]
    folder = run(model={"pretrained": save(arrays, home / "w.safetensors")})
    report = json.loads((folder / "loading.json").read_text())
    assert report["missing"] == ["bn1.bias"]
    assert report["unexpected"] == ["stray"]
    assert len(report["matched"]) == 11


@pytest.mark.parametrize("order", ["before", "after"])
def test_freezing_does_not_rename_what_is_loaded(home: Path, trained: dict[str, Any], order: str) -> None:
    """Loading a frozen model, or freezing a loaded one, gives the same weights."""
    name = save(trained, home / "w.safetensors")
    freeze = {"freeze": "backbone"} if order == "before" else {}
    made = build(NET, home, model={"pretrained": name, **freeze})
    assert changed(trained, made.state().model) <= {"fc.weight", "fc.bias"}


def test_weights_cross_between_the_frameworks(home: Path) -> None:
    """Statistics renamed, linear weights turned: both give the same logits."""
    torch = pytest.importorskip("torch")
    source = build("small_nets:torch_net", home, trainer="torch")
    steps(source)
    torch.save(source.model.state_dict(), home / "w.pth")
    target = build(NET, home, model={"pretrained": "w.pth", "head": "keep"})
    found = [made.logits(batch_of(made, np.random.default_rng(0))) for made in (source, target)]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4, atol=1e-5)
    back = build("small_nets:torch_net", home, trainer="torch", model={"pretrained": "w.pth", "head": "keep"})
    assert not changed(source.state().model, back.state().model) - {
        "bn1.num_batches_tracked",
        "bn2.num_batches_tracked",
    }


def test_files_that_paddle_saved_are_read(home: Path, trained: dict[str, Any]) -> None:
    """A state dict through paddle.save, tensors one by one through its older form with eval."""
    import paddle

    made = build(NET, home)
    paddle.save(made.model.state_dict(), str(home / "w.pdparams"))
    loaded = build(NET, home, model={"pretrained": "w.pdparams", "head": "keep"})
    assert not changed(made.state().model, loaded.state().model)
    paddle.save({"a": paddle.ones([2, 3])}, str(home / "t.pdparams"))
    assert np.array_equal(read_weights(home / "t.pdparams").arrays["a"], np.ones((2, 3)))

    class Literal:
        def __reduce__(self) -> Any:
            return eval, ("data", {"data": np.arange(3)})

    (home / "e.pdparams").write_bytes(pickle.dumps({"a": Literal()}))
    assert read_weights(home / "e.pdparams").arrays["a"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["w.bin", "cut.safetensors", "cut.pdparams", "cut.pth"])
def test_a_file_that_is_not_whole_weights_gives_one_sentence(home: Path, name: str) -> None:
    """Another suffix, or half a file."""
    (home / name).write_bytes(b"\x80\x04half a file")
    with pytest.raises(CheckpointError):
        build(NET, home, model={"pretrained": name})


def test_growing_keeps_the_old_rows(home: Path, trained: dict[str, Any]) -> None:
    """The first classes have the old head's weights; a larger old head is refused."""
    old = {**trained, "fc.weight": trained["fc.weight"][:, :3], "fc.bias": trained["fc.bias"][:3]}
    name = save(old, home / "old.safetensors")
    made = build(NET, home, model={"pretrained": name, "head": "grow"})
    assert np.array_equal(made.state().model["fc.weight"][:, :3], old["fc.weight"])
    assert made.state().model["fc.weight"].shape == (12, CLASSES)
    larger = {**trained, "fc.weight": np.zeros((12, 9), np.float32), "fc.bias": np.zeros(9, np.float32)}
    with pytest.raises(CheckpointError, match="at least the old 9 classes"):
        build(NET, home, model={"pretrained": save(larger, home / "l.safetensors"), "head": "grow"})


@pytest.mark.parametrize("trainer", ["paddle", "torch"])
def test_held_rows_stay_fixed_under_decay_and_momentum(home: Path, trained: dict[str, Any], trainer: str) -> None:
    """`grow-hold` trains the new classes only; after a resume too."""
    backbone = f"small_nets:{trainer}_net"
    arrays = dict(build(backbone, home, trainer=trainer).state().model)
    last = trainer == "paddle"
    arrays["fc.weight"] = arrays["fc.weight"][:, :3] if last else arrays["fc.weight"][:3]
    arrays["fc.bias"] = arrays["fc.bias"][:3]
    model = {"pretrained": save(arrays, home / "old.safetensors"), "head": "grow-hold"}
    made = build(backbone, home, trainer=trainer, model=model)
    start = made.state().model
    steps(made)
    again = build(backbone, home, trainer=trainer, model=model)
    again.load_state(made.state())
    steps(again)
    after = again.state().model
    for name in ("fc.weight", "fc.bias"):
        first, second = (value if last or name == "fc.bias" else value.T for value in (start[name], after[name]))
        assert np.array_equal(first[..., :3], second[..., :3])
        assert not np.array_equal(first[..., 3:], second[..., 3:])


def test_a_head_mode_without_weights_is_refused(home: Path) -> None:
    """There is nothing to keep."""
    with pytest.raises(ConfigError, match=r"must go with model\.pretrained"):
        build(NET, home, model={"head": "keep"})


def test_resnet_vd_loads_files_with_the_names_of_paddleclas(home: Path) -> None:
    """A headless ResNet50_vd file: names of every tensor as PaddleClas writes them."""
    made = build("datatool:resnet50_vd", home)
    arrays = dict(made.state().model)
    assert {
        "stem.0.conv.weight",
        "stem.2.bn._mean",
        "blocks.0.short.conv.weight",
        "blocks.15.conv2.bn._variance",
    } <= set(arrays)
    headless = {name: array + np.float32(0.001) for name, array in arrays.items() if not name.startswith("fc.")}
    loaded = build("datatool:resnet50_vd", home, model={"pretrained": save(headless, home / "w.safetensors")})
    assert changed(arrays, loaded.state().model) == set(headless)
