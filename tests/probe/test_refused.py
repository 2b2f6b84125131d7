"""What backbones and pictures are refused or warned of, each in a sentence of its own."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from datatool.errors import ConfigError, DatasetError
from datatool.features import Features
from datatool.models import Prefix
from datatool.probe import Backbone, BackboneOptions, _frozen, _probe, open_probe, settle_backbone
from datatool.probe._frozen import FrozenModel
from datatool.probe._probe import refuse_known
from datatool.schemas import Recipe
from tests.helpers.looked_at import rows_of


def backbone(run: Path | None = None, *, known: bool = True, name: str = "paddle.vision:resnet18") -> Backbone:
    recipe = Recipe.parse({"model": {"backbone": name, "pretrained": "w.safetensors"}})
    return Backbone(recipe=recipe, base=Path(), run=run, known=known)


def empty_run(folder: Path) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "recipe.yaml").write_text("{}\n")
    return folder


def model(home: Path, monkeypatch: pytest.MonkeyPatch, prefix: Prefix | None) -> FrozenModel:
    """One whose trainer cuts this prefix off."""
    trainer = SimpleNamespace(build=lambda *_: None)
    monkeypatch.setattr(_frozen, "make_trainer", lambda _: trainer)
    monkeypatch.setattr(_frozen, "list_prefix", lambda *_: prefix)
    return FrozenModel(backbone(), [], class_num=2, home=home)


def prefix_of(key: str) -> Prefix:
    return Prefix(key=key, shape=(4,), run=lambda images: images, tensor=lambda array: array)


def test_weights_of_unknown_origin_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    refuse_known(rows_of([0, 1]), backbone(known=False))
    assert "what the weights of w.safetensors were trained on is not known" in caplog.text
    assert "every figure is too good" in caplog.text


def test_a_run_that_cannot_be_read_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    refuse_known(rows_of([0, 1]), backbone(tmp_path / "gone"))
    assert f"what the run {tmp_path / 'gone'} was trained on cannot be read" in caplog.text


def test_a_run_without_a_whole_checkpoint_is_refused(tmp_path: Path) -> None:
    run = empty_run(tmp_path / "run")
    with pytest.raises(ConfigError, match="a run must have a whole checkpoint; got none in"):
        settle_backbone(BackboneOptions(backbone=str(run)))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"pretrained": "w"}, "--pretrained"), ({"image_size": 64}, "--image-size"), ({"settings": ("a=1",)}, "--set")],
)
def test_a_run_with_settings_of_another_backbone_is_refused(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    run = empty_run(tmp_path / "run")
    with pytest.raises(ConfigError, match=f"a run brings its own recipe and weights; got {said} beside it"):
        settle_backbone(BackboneOptions(backbone=str(run), **given))


def test_a_backbone_that_cannot_be_cut_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"cut before its head; got 'paddle\.vision:resnet18'"):
        _ = model(tmp_path, monkeypatch, None).prefix


def test_another_backbone_under_a_name_that_was_noted_is_refused_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note is mended, so that the command can be run again."""
    assert model(tmp_path, monkeypatch, prefix_of("old")).prefix.key == "old"
    changed = model(tmp_path, monkeypatch, prefix_of("new"))
    assert (changed.is_noted, changed.prefix.key) == (True, "old")
    with pytest.raises(ConfigError, match="must be what it was when features were kept"):
        changed.prefix.run(np.zeros((1, 4), np.float32))
    assert model(tmp_path, monkeypatch, prefix_of("new")).prefix.key == "new"


def test_pictures_none_of_which_can_be_read_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nothing = Features(array=np.zeros((2, 4), np.float32), readable=np.zeros(2, np.bool_))
    monkeypatch.setattr(_probe, "_features", lambda *_, **__: nothing)
    with (
        pytest.raises(DatasetError, match="pictures must be readable; none is"),
        open_probe(rows_of([0, 1]), backbone(), home=tmp_path),
    ):
        pytest.fail("nothing can be looked at")
    assert "2 pictures cannot be read and are left out: 0.jpg, 1.jpg" in caplog.text


def test_a_place_that_cannot_be_written_keeps_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with _probe._writable(tmp_path / "kept") as folder:
        assert folder != tmp_path / "kept"
        assert folder.is_dir()
    assert not folder.exists()
    assert f"features are not kept: '{tmp_path / 'kept'}' cannot be written" in caplog.text
