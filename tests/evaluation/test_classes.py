"""Classes of the list that is evaluated are the run's: by name where there are names."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from datatool.errors import ConfigError, DatasetError
from datatool.evaluation import classes_of, evaluate
from datatool.evaluation._classes import as_classes
from tests.helpers.program import Cli
from tests.helpers.runs import Run

LETTERS = ("a", "b", "c")


def class_folders(home: Path, name: str, split: str, letters: tuple[str, ...] = LETTERS) -> str:
    """Pictures of a split as class folders, `a` holding those of class 0."""
    for letter in letters:
        target = home / name / letter
        target.mkdir(parents=True)
        for picture in (home / "pictures").glob(f"{split}_{LETTERS.index(letter)}_*.jpg"):
            shutil.copy(picture, target)
    return name


@pytest.fixture
def folders(home: Path) -> dict[str, str]:
    """`data.train` as class folders a, b and c."""
    return {"train": class_folders(home, "train", "train"), "strategy": "natural"}


def test_folders_of_some_classes_are_evaluated_as_the_classes_of_their_names(
    run: Run, home: Path, folders: dict[str, str]
) -> None:
    some = class_folders(home, "some", "val", ("b", "c"))
    folder = run(data={**folders, "val": some}, run={"epochs": 1})

    document = evaluate(folder)

    assert [(row.name, row.support) for row in document.per_class] == [("a", 0), ("b", 6), ("c", 6)]
    whole = evaluate(folder, list=str(home / class_folders(home, "whole", "val")))
    assert [row.recall for row in document.per_class[1:]] == [row.recall for row in whole.per_class[1:]]


def test_a_class_folder_that_the_run_does_not_know_is_refused(run: Run, home: Path, folders: dict[str, str]) -> None:
    folder = run(data={**folders, "val": None}, run={"epochs": 1})
    class_folders(home, "other", "val")
    (home / "other" / "b").rename(home / "other" / "lorry")

    with pytest.raises(DatasetError, match="must be the run's 3; got 'lorry'"):
        evaluate(folder, list=str(home / "other"))


def test_class_folders_have_no_ids_of_a_run_without_names(run: Run, home: Path) -> None:
    class_folders(home, "letters", "val")

    with pytest.raises(DatasetError, match="must be the run's 3; got 'a'"):
        run(data={"val": "letters"})


def test_stages_that_name_classes_differently_are_refused(run: Run, home: Path, folders: dict[str, str]) -> None:
    second = class_folders(home, "second", "train", ("b", "c"))

    with pytest.raises(ConfigError, match="class 0 is 'b' in stage 1 and 'a' before"):
        run(data={**folders, "val": None}, run={"stages": [{}, {"data": {"train": second}}]})


def test_a_names_file_in_another_order_is_followed_by_name() -> None:
    label = np.array([0, 1, 1, 2])

    mapped = as_classes(label, {0: "c", 1: "a", 2: "b"}, classes=LETTERS, counted=False, file="v")

    assert mapped.tolist() == [2, 0, 0, 1]


def test_a_class_that_one_side_does_not_name_is_the_one_of_that_id() -> None:
    label = np.array([0, 1, 2])

    assert as_classes(label, {0: "a"}, classes=("a", "b", "2"), counted=False, file="v").tolist() == [0, 1, 2]
    assert as_classes(label, {2: "x"}, classes=("a", "b", "2"), counted=False, file="v").tolist() == [0, 1, 2]


def test_two_classes_never_become_one() -> None:
    with pytest.raises(DatasetError, match="got 0 and 1 as class 1"):
        as_classes(np.array([0, 1]), {0: "b"}, classes=LETTERS, counted=False, file="v")


def test_one_name_of_two_classes_stands_for_neither() -> None:
    classes = ("a", "b", "a")

    assert as_classes(np.array([2, 0]), {0: "a", 2: "a"}, classes=classes, counted=False, file="v").tolist() == [2, 0]
    with pytest.raises(DatasetError, match="got 'a'"):
        as_classes(np.array([1]), {1: "a"}, classes=classes, counted=False, file="v")


def test_a_recipe_may_name_the_classes_of_a_plan_without_names(run: Run, home: Path) -> None:
    (home / "names.txt").write_text("0 hat\n1 shoe\n2 sock\n")
    folder = run(data={"names": "names.txt"}, run={"epochs": 1})

    assert [row.name for row in evaluate(folder).per_class] == ["hat", "shoe", "sock"]


def test_a_recipe_whose_names_lack_a_class_folder_is_refused(run: Run, home: Path, folders: dict[str, str]) -> None:
    (home / "names.txt").write_text("0 a\n1 b\n2 lorry\n")

    with pytest.raises(DatasetError, match="must stand in the names file; got 'c'"):
        run(data={**folders, "val": None, "names": "names.txt"}, run={"epochs": 1})


def test_names_of_a_recipe_and_of_its_plan_must_agree() -> None:
    plan = SimpleNamespace(names={0: "a", 1: "b"})
    assert classes_of([plan], 3, own={2: "c"}) == ["a", "b", "c"]  # type: ignore[list-item]
    with pytest.raises(ConfigError, match="class 1 is 'lorry', and 'b' there"):
        classes_of([plan], 3, own={1: "lorry"})  # type: ignore[list-item]


def test_names_of_the_list_are_shown_for_a_run_that_has_none(run: Run, home: Path, cli: Cli) -> None:
    (home / "names.txt").write_text("hat\nshoe\nsock\n")
    folder = run(run={"epochs": 1})

    done = cli("evaluate", folder, "--names", home / "names.txt")

    assert done.code == 0, done.err
    assert [word in done.out for word in ("hat", "shoe", "sock")] == [True] * 3
