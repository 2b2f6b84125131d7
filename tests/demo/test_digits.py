"""The demo's data set."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from datatool.demo._digits import IMBALANCE, NAMES, NUM_SYNTHETIC, NUM_TEST, DemoData, write_digits
from datatool.demo._glyphs import draw_digit


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DemoData:
    pytest.importorskip("sklearn")
    return write_digits(tmp_path_factory.mktemp("data"), seed=3)


def _rows(path: Path) -> list[tuple[str, int]]:
    pairs = (line.rsplit(" ", 1) for line in path.read_text().splitlines())
    return [(name, int(label)) for name, label in pairs]


def test_real_training_digits_are_fifty_to_one_and_every_class_is_tested_alike(data: DemoData) -> None:
    train = Counter(label for _, label in _rows(data.train.parent / "train.txt"))
    assert max(train.values()) / min(train.values()) == IMBALANCE
    assert tuple(sorted(train, key=lambda label: -train[label])) == data.by_count
    assert dict.fromkeys(range(10), NUM_TEST) == Counter(label for _, label in _rows(data.test))


def test_every_class_has_as_many_synthetic_digits(data: DemoData) -> None:
    rows = _rows(data.train.parent / "synthetic.txt")
    assert dict.fromkeys(range(10), NUM_SYNTHETIC) == Counter(label for _, label in rows)


def test_no_real_digit_is_in_training_and_test(data: DemoData) -> None:
    folder = data.train.parent
    train = {(folder / path).read_bytes() for path, _ in _rows(folder / "train.txt")}
    test = {(folder / path).read_bytes() for path, _ in _rows(data.test)}
    assert train & test == set()


def test_every_listed_picture_is_there_under_its_name(data: DemoData) -> None:
    folder = data.train.parent
    rows = [row for name in ("train.txt", "test.txt", "synthetic.txt", "fonts.txt") for row in _rows(folder / name)]
    assert [path for path, label in rows if not (folder / path).is_file() or NAMES[label] not in path] == []


def test_the_same_seed_writes_the_same_bytes(data: DemoData, tmp_path: Path) -> None:
    write_digits(tmp_path, seed=3)
    folder = data.train.parent
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert [file for file in files if (folder / file).read_bytes() != (tmp_path / file).read_bytes()] == []


def test_another_seed_makes_other_classes_rare(data: DemoData, tmp_path: Path) -> None:
    assert data.by_count != write_digits(tmp_path, seed=4).by_count


@pytest.mark.parametrize("digit", range(10))
def test_a_drawn_digit_has_ink_on_black_and_varies(digit: int) -> None:
    random = np.random.default_rng(0)
    pictures = np.stack([draw_digit(digit, random=random) for _ in range(20)])
    assert pictures.shape == (20, 32, 32)
    assert pictures.dtype == np.uint8
    assert (pictures.max(axis=(1, 2)) > 100).all()
    assert (pictures.min(axis=(1, 2)) < 64).all()
    assert len({picture.tobytes() for picture in pictures}) == 20
