"""Features of a list: a picture that was seen in another list is not computed again, and never a wrong one is given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatool.features import Features, _list, list_features
from datatool.models import Prefix
from datatool.schemas import DataSection
from tests.helpers.pictures import encode, pixels

DATA = DataSection.model_validate({"image_size": 16, "eval_resize": None, "batch_size": 2})


class Maker:
    """Means of colours as features; counts the pictures."""

    def __init__(self, home: Path, *, factor: float = 1.0) -> None:
        self.home = home
        self.factor = factor
        self.num_run = 0
        self.prefix = Prefix(key="0" * 8, shape=(3,), run=self.run, tensor=np.asarray)

    def run(self, images: Any) -> Any:
        self.num_run += len(images)
        return self.factor * images[..., :8].mean(axis=(2, 3))

    def __call__(self, *numbers: int, compared: bool = False, mirrored: bool = False) -> Features:
        paths = [str(self.home / f"{number}.png") for number in numbers]
        return list_features(self.prefix, paths, DATA, home=self.home / "kept", compared=compared, mirrored=mirrored)


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Eight pictures, of which number 7 is none; pieces of three."""
    monkeypatch.setattr(_list, "_PIECE", 3)
    for number in range(8):
        data = encode(pixels(number, width=24, height=24), ".png") if number < 7 else b"no picture"
        (tmp_path / f"{number}.png").write_bytes(data)
    return Maker(tmp_path)


def test_a_list_that_grew_computes_what_is_new(maker: Maker) -> None:
    """In another order, with one picture twice and one that cannot be read."""
    first = maker(0, 1, 2, 3)
    assert maker.num_run == 4
    again = maker(5, 3, 0, 7, 3)
    assert maker.num_run == 6
    assert again.readable.tolist() == [True, True, True, False, True]
    np.testing.assert_array_equal(again.array[[1, 2, 4]], first.array[[3, 0, 3]])
    np.testing.assert_array_equal(maker(7, 5).array[1], again.array[0])
    assert maker.num_run == 6


def test_an_edited_picture_and_a_mirrored_one_are_others(maker: Maker) -> None:
    before = maker(0)
    assert not np.array_equal(maker(0, mirrored=True).array, before.array)
    file = maker.home / "0.png"
    file.write_bytes((maker.home / "1.png").read_bytes())
    os.utime(file, (1, 1))
    np.testing.assert_array_equal(maker(0).array, maker(1).array)


def test_frozen_layers_that_compute_otherwise_make_every_piece_anew(maker: Maker) -> None:
    """Not only the piece whose pictures were compared."""
    old = maker(0, 1, 2, 3, 4, 5)
    other = Maker(maker.home, factor=2.0)
    np.testing.assert_allclose(other(0, 1, 2, 3, 4, 5, compared=True).array, 2 * old.array, rtol=1e-6)


@pytest.mark.parametrize("name", ["pictures.npy", "features.npy", "done.json"])
def test_a_damaged_piece_gives_no_other_features(maker: Maker, name: str) -> None:
    old = maker(0, 1, 2)
    [piece] = (maker.home / "kept" / ".features").iterdir()
    os.truncate(piece / name, 20)
    np.testing.assert_array_equal(maker(0, 1, 2).array, old.array)
    np.testing.assert_array_equal(maker(2, 1).array, old.array[[2, 1]])


def test_what_was_computed_before_a_kill_is_kept(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    run = maker.run

    def killed(images: Any) -> Any:
        if maker.num_run >= 4:
            raise KeyboardInterrupt
        return run(images)

    monkeypatch.setattr(maker, "prefix", Prefix(key="0" * 8, shape=(3,), run=killed, tensor=np.asarray))
    with pytest.raises(KeyboardInterrupt):
        maker(0, 1, 2, 3, 4, 5)
    monkeypatch.setattr(maker, "prefix", Prefix(key="0" * 8, shape=(3,), run=run, tensor=np.asarray))
    maker.num_run = 0
    maker(0, 1, 2, 3, 4, 5)
    assert maker.num_run == 3
