"""`paddleclas check`: what PaddleClas would load of a weight file, told before a night is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.errors import CheckpointError, ConfigError
from datatool.frameworks import open_framework
from datatool.models import as_paddleclas, make_backbone, model_tensors
from datatool.paddleclas import check_weights, read_config
from datatool.paddleclas._old_names import as_release_2_0
from tests.helpers import clas_weights
from tests.helpers.clas_yaml import sections, six_section, write
from tests.helpers.program import Cli

paddle = pytest.importorskip("paddle")
NET = "PPLCNet_x0_25"
DEPTHS = (2, 2, 2, 2)


def arrays_of(backbone: str, folder: Path, *, class_num: int = 3) -> dict[str, Any]:
    """Of a fresh net of ours."""
    made = make_backbone(backbone, framework="paddle", class_num=class_num, base=folder)
    return {name: tensor.numpy() for name, tensor in made.state_dict().items()}


def save(arrays: dict[str, Any], file: Path) -> Path:
    paddle.save({name: paddle.to_tensor(array) for name, array in arrays.items()}, str(file))
    return file


def checked(folder: Path, weights: Path, tree: dict[str, Any] | None = None, **options: Any) -> Any:
    file = write(folder, tree or sections(Arch={"name": NET, "class_num": 3}))
    return check_weights(read_config(file), weights, **options)


def test_a_file_of_the_net_is_whole(tmp_path: Path) -> None:
    """With and without its suffix."""
    save(arrays_of("datatool:pplcnet_x0_25", tmp_path), tmp_path / "w.pdparams")
    for path in (tmp_path / "w.pdparams", tmp_path / "w"):
        found = checked(tmp_path, path)
        assert (None, [], [], "kept") == (found.problem, found.missing, found.reshaped, found.head)
        assert (3, 3) == (found.class_num, found.class_num_in_file)


def test_headless_other_classes_and_unrelated_are_three_outcomes(tmp_path: Path) -> None:
    """PaddleClas says "Finish load pretrained model" to all three."""
    arrays = arrays_of("datatool:pplcnet_x0_25", tmp_path, class_num=7)
    more = checked(tmp_path, save(arrays, tmp_path / "seven.pdparams"))
    assert more.problem is None
    assert more.head.startswith("left at random: fc.weight: [1280, 7] -> [1280, 3]")
    assert 7 == more.class_num_in_file
    headless = {name: array for name, array in arrays.items() if not name.startswith("fc.")}
    none = checked(tmp_path, save(headless, tmp_path / "headless.pdparams"))
    assert none.problem is None
    assert "the file has none" in none.head
    other = checked(tmp_path, save(arrays_of("datatool:resnet18_vd", tmp_path), tmp_path / "other.pdparams"))
    assert other.problem is not None
    assert "left at random" in other.problem
    assert not other.fits_after_translation


def test_names_of_release_2_0_are_left_out_and_can_be_written_anew(tmp_path: Path) -> None:
    """PaddleClas of today loads nothing of such a file; ours does, and writes one that it loads."""
    arrays = arrays_of("datatool:resnet18_vd", tmp_path)
    old = save(clas_weights.release_2_0(arrays, DEPTHS), tmp_path / "old.pdparams")
    tree = sections(Arch={"name": "ResNet18_vd", "class_num": 3})
    found = checked(tmp_path, old, tree, write=tmp_path / "new.pdparams")
    assert found.problem is not None
    assert found.fits_after_translation
    assert 0 == found.matched
    again = checked(tmp_path, tmp_path / "new.pdparams", tree)
    assert (None, "kept") == (again.problem, again.head)
    written = paddle.load(str(tmp_path / "new.pdparams"), return_numpy=True)
    assert all(np.array_equal(arrays[name], written[name]) for name in arrays)
    six = six_section(ARCHITECTURE={"name": "ResNet18_vd"})
    assert checked(tmp_path, old, six).problem is None, "release 2.0 itself loads it"
    assert checked(tmp_path, tmp_path / "new.pdparams", six).problem is not None


def test_a_student_beside_its_teacher(tmp_path: Path) -> None:
    """Right for a distillation, left out by the student alone."""
    arrays = arrays_of("datatool:pplcnet_x0_25", tmp_path)
    both = {f"Student.{name}": array for name, array in arrays.items()} | {"Teacher.a": np.ones(2, np.float32)}
    file = save(both, tmp_path / "both.pdparams")
    alone = checked(tmp_path, file)
    assert alone.problem is not None
    assert alone.fits_after_translation
    models = [{"Teacher": {"name": NET, "class_num": 3}}, {"Student": {"name": NET, "class_num": 3}}]
    whole = checked(tmp_path, file, sections(Arch={"name": "DistillationModel", "models": models}))
    assert whole.problem is None
    assert ["Teacher.a"] == whole.unexpected


def test_containers_that_paddleclas_does_not_open(tmp_path: Path) -> None:
    """A folder of variables fits, and PaddleClas would raise: said with its exception."""
    arrays = arrays_of("datatool:resnet18_vd", tmp_path)
    folder = clas_weights.write_variables(tmp_path / "vars", clas_weights.static_graph(arrays, DEPTHS))
    found = checked(tmp_path, folder, sections(Arch={"name": "ResNet18_vd", "class_num": 3}))
    assert "does not exists" in str(found.problem)
    assert found.fits_after_translation


@pytest.mark.parametrize(
    ("backbone", "rename"),
    [
        ("paddle.vision:resnet50", lambda arrays: clas_weights.without_d(arrays, (3, 4, 6, 3))),
        ("datatool:repvgg_a0", clas_weights.repvgg),
    ],
)
def test_names_in_paddleclas_are_known_without_it(tmp_path: Path, backbone: str, rename: Any) -> None:
    """The inverse of what loading translates, and one name for each tensor."""
    made = make_backbone(backbone, framework="paddle", class_num=3, base=tmp_path)
    names = as_paddleclas(list(model_tensors(open_framework("paddle"), made)), backbone)
    assert set(rename(dict.fromkeys(names))) == set(names.values())
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize("depths", [(2, 2, 2, 2), (3, 4, 23, 3)])
def test_names_of_release_2_0_are_known_without_it(depths: tuple[int, ...]) -> None:
    """Stage and place of each block."""
    names = [f"stem.{number}.conv.weight" for number in range(3)] + ["fc.weight"]
    first = [sum(depths[:stage]) for stage in range(4)]
    names += [f"blocks.{block}.conv0.bn._mean" for block in range(sum(depths))]
    names += [f"blocks.{block}.short.conv.weight" for block in first]
    made = as_release_2_0({name: name for name in names})
    assert clas_weights.release_2_0(dict.fromkeys(names), depths).keys() == set(made.values())


def test_what_cannot_be_checked_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no architecture, a net that needs PaddleClas, weights that cannot be written."""
    monkeypatch.delenv("PADDLECLAS", raising=False)
    with pytest.raises(CheckpointError, match="must be a file"):
        checked(tmp_path, tmp_path / "none.pdparams")
    file = save(arrays_of("datatool:resnet18_vd", tmp_path), tmp_path / "w.pdparams")
    with pytest.raises(ConfigError, match=r"Arch\.name"):
        checked(tmp_path, file, sections(Arch={"class_num": 3}))
    with pytest.raises(ConfigError, match="--write must have weights"):
        checked(tmp_path, file, write=tmp_path / "n.pdparams")
    assert not (tmp_path / "n.pdparams").exists()


def test_the_command_exits_1_where_weights_would_be_left_out(tmp_path: Path, cli: Cli) -> None:
    """And 0 where they would not."""
    file = write(tmp_path, sections(Arch={"name": NET, "class_num": 3}))
    good = save(arrays_of("datatool:pplcnet_x0_25", tmp_path), tmp_path / "w.pdparams")
    done = cli("paddleclas", "check", file, good)
    assert (0, "") == (done.code, done.err)
    assert "PaddleClas loads the whole backbone" in done.out
    bad = save(arrays_of("datatool:resnet18_vd", tmp_path), tmp_path / "o.pdparams")
    assert 1 == cli("paddleclas", "check", file, bad).code
    assert 0 == cli("paddleclas", "check", file, bad, "-o", "Arch.name=ResNet18_vd").code
