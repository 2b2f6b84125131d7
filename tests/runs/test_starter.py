"""`datatool config init`: a recipe that fits the data, commented, and one that trains."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatool.runs import Seen, read_recipe, starter_text
from datatool.schemas import Recipe, load_yaml
from tests.helpers.program import Cli

_SEEN = {"dataset": "a.txt", "rows": 1680, "class_num": 10, "val": None, "short_side": 480, "synthetic": False}


def _read(imbalance: float = 1.0, **changed: object) -> Recipe:
    seen = Seen(imbalance=imbalance, **{**_SEEN, **changed})  # type: ignore[arg-type]
    return Recipe.parse(load_yaml(starter_text(seen)))


@pytest.mark.parametrize(("imbalance", "strategy"), [(1, "natural"), (5, "sqrt"), (50, "oversample")])
def test_the_strategy_follows_the_imbalance(imbalance: float, strategy: str) -> None:
    assert _read(imbalance).data.strategy == strategy


@pytest.mark.parametrize(
    ("side", "size"), [(None, 224), (480, 224), (224, 224), (223, 192), (64, 64), (28, 32), (5, 32)]
)
def test_pictures_are_not_enlarged(side: int | None, size: int) -> None:
    recipe = _read(short_side=side)
    assert size == recipe.data.image_size
    assert recipe.data.eval_resize == round(size * 256 / 224)


@pytest.mark.parametrize(("rows", "batch"), [(1680, 32), (100, 16), (20, 4), (1, 2)])
def test_an_epoch_has_some_batches(rows: int, batch: int) -> None:
    assert batch == _read(rows=rows).data.batch_size


@pytest.mark.parametrize("path", ["a b/c: d.txt", "123", "true", "é#1.txt", 'quo"te.txt', "-", "s3://b/l.txt"])
def test_any_path_is_read_back_as_it_was(path: str) -> None:
    recipe = _read(dataset=path, val=path)
    assert (path, path) == (recipe.data.train, recipe.data.val)


def test_every_line_that_somebody_may_change_says_why() -> None:
    text = starter_text(Seen(imbalance=50.0, **_SEEN))  # type: ignore[arg-type]
    keys = [line for line in text.splitlines() if line.startswith("  ")]
    assert [line for line in keys if "#" not in line and line.split(":")[0].strip() not in _PLAIN] == []
    assert [line for line in text.splitlines() if len(line) > 120] == []
    assert "nothing is evaluated" in text


_PLAIN = ("train", "augment", "schedule", "epochs")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Class folders below train and val, pictures of 48 by 64, 12 to 3."""
    monkeypatch.chdir(tmp_path)
    for split, counts in (("train", (12, 3)), ("val", (2, 2))):
        for name, count in zip(("cat", "dog"), counts, strict=True):
            home = tmp_path / "pet s" / split / name
            home.mkdir(parents=True)
            for number in range(count):
                pixels = np.random.default_rng(number).integers(0, 255, (48, 64, 3), np.uint8)
                Image.fromarray(pixels).save(home / f"{number}.jpg")
    (tmp_path / "pets.yaml").write_text(
        "schema: datatool.dataset/1\ntrain: [{folder: pet s/train}]\nval: [{folder: pet s/val}]\n"
    )
    return tmp_path


def test_a_data_set_gives_class_num_size_val_and_strategy(folder: Path, cli: Cli) -> None:
    done = cli("config", "init", "pets.yaml", "--out", "recipes/pets.yaml")
    assert done.code == 0, done.err
    recipe = read_recipe(folder / "recipes" / "pets.yaml").recipe
    assert ("../pets.yaml", "../pets.yaml", "sqrt", 32) == (
        *(recipe.data.train, recipe.data.val, recipe.data.strategy, recipe.data.image_size),
    )
    assert recipe.model.class_num == 2
    assert "datatool train recipes/pets.yaml" in done.err


def test_without_out_the_recipe_is_printed_and_json_is_the_same(folder: Path, cli: Cli) -> None:
    printed = cli("config", "init", "pet s/train", "--val", "pet s/val")
    assert printed.code == 0, printed.err
    assert load_yaml(printed.out) == json.loads(
        cli("config", "init", "pet s/train", "--val", "pet s/val", "--json").out
    )
    assert load_yaml(printed.out)["data"]["val"] == "pet s/val"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:When training, we now always track:UserWarning")  # of BatchNorm in Paddle
def test_the_recipe_trains(folder: Path, cli: Cli) -> None:
    pytest.importorskip("paddle")
    assert cli("config", "init", "pets.yaml", "--out", "first.yaml").code == 0
    done = cli("train", "first.yaml", "-o", "run.epochs=1", "-o", "global.device=cpu")
    assert done.code == 0, done.err
    assert "balanced accuracy" in done.out


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda home: (home / "old.yaml").write_text("mine\n"), "--out must be a new file"),
        (lambda home: (home / "pets.yaml").write_text("schema: datatool.dataset/1\ntrain: []\n"), "must"),
    ],
)
def test_what_cannot_be_begun_is_one_sentence(folder: Path, cli: Cli, write: Callable[[Path], int], words: str) -> None:
    write(folder)
    done = cli("config", "init", "pets.yaml", "--out", "old.yaml")
    assert done.code in (1, 2)
    assert words in done.err
    assert not (folder / "old.yaml").exists() or (folder / "old.yaml").read_text() == "mine\n"


def test_errors_of_the_data_are_said(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "list.txt").write_text("a.jpg 0\na.jpg 1\nb.jpg 1\n")
    done = cli("config", "init", tmp_path / "list.txt")
    assert done.code == 0
    assert "training stops at E301" in done.err
