"""BalancedPlanSampler under Paddle's own DataLoader, as PaddleClas builds it."""

from __future__ import annotations

import copy
import inspect
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from datatool.errors import PlanError
from datatool.paddleclas import balance_config, read_config
from tests.helpers.clas_reader import applied, rows_of
from tests.helpers.clas_yaml import sections, write

paddle = pytest.importorskip("paddle")


def tree_with_sampler(folder: Path, *, batch_size: int = 6, **changes: Any) -> dict[str, Any]:
    """The YAML after the overrides that put the sampler in."""
    given = sections(DataLoader__Train__sampler__batch_size=batch_size, **changes)
    file = write(folder, given)
    config = read_config(file, cwd=folder)
    done = balance_config(config, strategy="oversample", out=folder / "out", sampler=True)
    return applied(file, shlex.split("\n".join(done.overrides))[1::2])


class ListDataset(paddle.io.Dataset):  # type: ignore[name-defined]
    """What `ImageNetDataset` is to a sampler: images, labels, and an index."""

    def __init__(self, rows: list[tuple[str, int]]) -> None:
        super().__init__()
        self.images = [path for path, _ in rows]
        self.labels = [label for _, label in rows]

    def __getitem__(self, index: int) -> tuple[int, int]:
        return index, self.labels[index]

    def __len__(self) -> int:
        return len(self.images)


def built(tree: dict[str, Any], folder: Path) -> Any:
    """The batch sampler by the steps of `build_dataloader`."""
    section = tree["DataLoader"]["Train"]
    dataset = ListDataset(rows_of({**section["dataset"], **_here(section["dataset"], folder)}))
    sampler = copy.deepcopy(section["sampler"])
    name = sampler.pop("name")
    assert "total_epochs" not in inspect.getfullargspec(eval(name).__init__).args
    return eval(name)(dataset, **sampler)


def _here(dataset: dict[str, Any], folder: Path) -> dict[str, str]:
    return {key: str(folder / dataset[key]) for key in ("cls_label_path", "image_root")}


def test_the_expression_builds_a_sampler_with_exact_batches(tmp_path: Path) -> None:
    """12 of each class in an epoch of 36, 2 of each in about every batch of 6."""
    sampler = built(tree_with_sampler(tmp_path), tmp_path)
    assert 6 == len(sampler)
    loader = paddle.io.DataLoader(sampler_dataset(tmp_path), batch_sampler=sampler, num_workers=0)
    for _ in range(2):
        batches = [batch[1].flatten().tolist() for batch in loader]
        assert {0: 12, 1: 12, 2: 12} == Counter(label for batch in batches for label in batch)
        assert all(1 <= Counter(batch)[label] <= 4 for batch in batches for label in range(3))


def sampler_dataset(folder: Path) -> ListDataset:
    return ListDataset(rows_of({"cls_label_path": folder / "data/train.txt", "image_root": folder / "data"}))


def test_epochs_differ_and_resume_by_set_epoch(tmp_path: Path) -> None:
    """Each pass is the next epoch; a new sampler that is told an epoch goes on with it."""
    tree = tree_with_sampler(tmp_path)
    sampler = built(tree, tmp_path)
    first, second, third = list(sampler), list(sampler), list(sampler)
    assert first != second
    again = built(tree, tmp_path)
    again.set_epoch(1)
    assert [second, third] == [list(again), list(again)]


def test_ranks_share_each_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ranks of three are one of six, none shared."""
    whole = list(built(tree_with_sampler(tmp_path), tmp_path))
    tree = tree_with_sampler(tmp_path, batch_size=3)
    parts = []
    for rank in range(2):
        monkeypatch.setattr("datatool.paddleclas._sampler.get_rank", lambda rank=rank: rank)
        monkeypatch.setattr("datatool.paddleclas._sampler.get_world_size", lambda: 2)
        parts.append(list(built(tree, tmp_path)))
    assert [sorted(batch) for batch in whole] == [sorted(a + b) for a, b in zip(*parts, strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        "img/0_0.jpg 0\n",
        "IMG",
        "LABEL",
    ],
)
def test_another_list_than_the_plans_is_refused(tmp_path: Path, text: str) -> None:
    """Fewer rows, another picture, another class."""
    tree = tree_with_sampler(tmp_path)
    file = tmp_path / "data" / "train.txt"
    old = file.read_text()
    changed = {"IMG": old.replace("img/1_2.jpg", "img/other.jpg"), "LABEL": old.replace("1_2.jpg 1", "1_2.jpg 2")}
    file.write_text(changed.get(text, text))
    with pytest.raises(PlanError, match="must be of the list that PaddleClas reads"):
        built(tree, tmp_path)


def test_shuffle_off_is_said_to_have_no_effect(tmp_path: Path) -> None:
    """A setting that is ignored warns."""
    tree = tree_with_sampler(tmp_path)
    tree["DataLoader"]["Train"]["sampler"]["shuffle"] = False
    with pytest.warns(UserWarning, match="shuffle"):
        built(tree, tmp_path)
