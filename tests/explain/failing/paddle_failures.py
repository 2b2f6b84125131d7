"""Failures of Paddle on a CPU: each function fails as a training run does, none prints a message of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable

import numpy as np
import paddle
from record import main

CLASS_NUM = 3


class Pictures(paddle.io.Dataset):
    """Random pictures; what happens at one of them is given."""

    def __init__(self, at: Callable[[int], np.ndarray]) -> None:
        super().__init__()
        self.at = at

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        return self.at(index), index % CLASS_NUM

    def __len__(self) -> int:
        return 64


def _load(at: Callable[[int], np.ndarray], *, collate: Callable[..., object] | None = None, size: int = 8) -> None:
    loader = paddle.io.DataLoader(Pictures(at), batch_size=size, num_workers=2, collate_fn=collate, timeout=6)
    for _ in loader:
        time.sleep(0.01)


def _picture(size: int = 8) -> np.ndarray:
    return np.zeros((3, size, size), "float32")


def reader_of_the_user() -> None:
    """A broken file, as most data sets of users meet it."""

    def at(index: int) -> np.ndarray:
        if index == 20:
            raise ValueError("the mask of picture 20 is empty")
        return _picture()

    _load(at)


def sizes_in_a_batch() -> None:
    _load(lambda index: _picture(8 + index % 2))


def mixup_of_a_large_label() -> None:
    from batch_operators import mixup

    _load(lambda _: _picture(), collate=mixup)


def killed_worker() -> None:
    def at(index: int) -> np.ndarray:
        if index == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return _picture()

    _load(at)


def segmentation_fault() -> None:
    def at(index: int) -> np.ndarray:
        if index == 20:
            ctypes.string_at(0)
        return _picture()

    _load(at)


def small_shared_memory() -> None:
    _load(lambda _: _picture(512))


def _loss(labels: list[int]) -> None:
    logits = paddle.zeros([len(labels), CLASS_NUM])
    paddle.nn.functional.cross_entropy(logits, paddle.to_tensor(labels))


def label_equals_class_num() -> None:
    _loss([1, 2, 3])


def label_above_class_num() -> None:
    _loss([1, 2, 7])


def label_smoothing() -> None:
    paddle.nn.functional.one_hot(paddle.to_tensor([1, 2, 3]), CLASS_NUM)


def negative_label() -> None:
    _loss([1, -1])


def other_head() -> None:
    net = paddle.nn.Sequential(("body", paddle.nn.Linear(4, 8)), ("fc", paddle.nn.Linear(8, CLASS_NUM)))
    weights = net.state_dict()
    weights["fc.weight"], weights["fc.bias"] = paddle.zeros([8, 1000]), paddle.zeros([1000])
    net.set_state_dict(weights)


def other_network() -> None:
    net = paddle.vision.models.resnet18(num_classes=CLASS_NUM)
    net.set_state_dict({f"backbone.{name}": value for name, value in net.state_dict().items()})


def training_checkpoint_as_inference_model() -> None:
    net = paddle.nn.Linear(4, 2)
    paddle.jit.save(net, "good", input_spec=[paddle.static.InputSpec([None, 4])])
    paddle.save(net.state_dict(), "good.pdiparams")
    _serve("good")


def no_inference_model() -> None:
    _serve("missing/inference")


def _serve(stem: str) -> None:
    from paddle import inference

    inference.create_predictor(inference.Config(f"{stem}.json", f"{stem}.pdiparams"))


def no_gpu() -> None:
    paddle.set_device("gpu")


def flat_label_of_accuracy() -> None:
    paddle.metric.accuracy(paddle.zeros([4, 3]), paddle.zeros([4], "int64"))


def text_as_class_num() -> None:
    paddle.nn.Linear(4, "10")


def unknown_data_set() -> None:
    eval("ImageNetDatset")


def numpy_of_another_age() -> None:
    np.int  # noqa: B018, NPY001


if __name__ == "__main__":
    main(globals())
