"""Failures of PyTorch on a CPU: each function fails as a training run does, none prints a message of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from record import main


class Pictures(torch.utils.data.Dataset):
    """Random pictures; what happens at one of them is given."""

    def __init__(self, at: Callable[[int], object]) -> None:
        self.at = at

    def __getitem__(self, index: int) -> object:
        return self.at(index)

    def __len__(self) -> int:
        return 16


def _load(at: Callable[[int], object], *, workers: int = 1) -> None:
    for _ in torch.utils.data.DataLoader(Pictures(at), batch_size=4, num_workers=workers):
        pass


def torch_reader_of_the_user() -> None:
    def at(index: int) -> object:
        if index == 9:
            raise KeyError("bounding box")
        return torch.zeros(3)

    _load(at)


def torch_sizes_in_a_batch() -> None:
    _load(lambda index: torch.zeros(3, 8, 8 + index % 2))


def torch_grey_picture_in_a_batch() -> None:
    _load(lambda index: torch.zeros(1 if index == 2 else 3, 8, 8), workers=0)


def torch_damaged_picture() -> None:
    Path("damaged.jpg").write_bytes(b"<html>404</html>")
    _load(lambda _: np.array(Image.open("damaged.jpg")))


def torch_missing_picture() -> None:
    _load(lambda _: np.array(Image.open("images/nowhere.jpg")))


def torch_killed_worker() -> None:
    def at(index: int) -> object:
        if index == 2:  # before a batch is handed over: in the middle of that the loop meets a closed connection first
            os.kill(os.getpid(), signal.SIGKILL)
        return torch.zeros(3)

    _load(at)


def torch_small_shared_memory() -> None:
    _load(lambda _: torch.zeros(4, 1024, 1024))


def torch_label_equals_class_num() -> None:
    torch.nn.functional.cross_entropy(torch.zeros(3, 3), torch.tensor([1, 2, 3]))


def torch_other_head() -> None:
    torch.nn.Linear(4, 2).load_state_dict(torch.nn.Linear(4, 1000).state_dict())


def torch_other_prefix() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(4, 2))
    net.load_state_dict({f"module.{name}": value for name, value in net.state_dict().items()})


def torch_torn_file() -> None:
    torch.save(torch.nn.Linear(64, 64).state_dict(), "whole.pth")
    Path("torn.pth").write_bytes(Path("whole.pth").read_bytes()[:300])
    torch.load("torn.pth")


def torch_pickled_model() -> None:
    torch.save(torch.nn.Linear(4, 2), "model.pth")
    torch.load("model.pth")


def torch_batch_of_one() -> None:
    torch.nn.BatchNorm1d(4)(torch.zeros(1, 4))


def torch_other_picture_size() -> None:
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, 2))
    net(torch.zeros(1, 3, 16, 16))


def torch_without_cuda() -> None:
    torch.zeros(1).cuda()


if __name__ == "__main__":
    main(globals())
