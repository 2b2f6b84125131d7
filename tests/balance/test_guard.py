from __future__ import annotations

from pathlib import Path

import pytest

from datatool.balance import looks_like_evaluation
from datatool.balance._guard import split_to_balance
from datatool.errors import ConfigError
from datatool.schemas import Dataset, Part


@pytest.mark.parametrize(
    "name", ["val.txt", "val_list.txt", "VAL.csv", "my-test.txt.gz", "eval.txt", "a/validation", "valid.list", "test/"]
)
def test_names_with_an_evaluation_word_are_recognised(name: str) -> None:
    assert looks_like_evaluation(name)


@pytest.mark.parametrize(
    "name", ["labels.txt", "latest.txt", "trainval.txt", "test/train.txt", "valley.txt", "-", "evaluation.txt"]
)
def test_names_without_one_are_not(name: str) -> None:
    assert not looks_like_evaluation(name)


def _dataset(**paths: str) -> Dataset:
    return Dataset(parts=tuple(Part(kind="list", path=path, root=Path(), split=split) for split, path in paths.items()))


def test_train_is_balanced_and_other_splits_are_left_alone() -> None:
    assert split_to_balance(_dataset(train="a.txt", val="val.txt"), force=False) == "train"


@pytest.mark.parametrize("dataset", [_dataset(train="val.txt"), _dataset(val="a.txt"), _dataset(test="a.txt")])
def test_a_list_for_evaluation_is_refused_unless_forced(dataset: Dataset) -> None:
    with pytest.raises(ConfigError, match=r"balance must .*evaluation.*--force"):
        split_to_balance(dataset, force=False)
    assert split_to_balance(dataset, force=True) == dataset.parts[0].split


def test_two_splits_without_train_are_refused_even_if_forced() -> None:
    with pytest.raises(ConfigError, match="must have a list to train on"):
        split_to_balance(_dataset(val="a.txt", test="b.txt"), force=True)
