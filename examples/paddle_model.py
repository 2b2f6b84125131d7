"""`paddle.Model.fit` over a plan: `python examples/paddle_model.py train.plan`.

It resumes after the last whole epoch: the model and where the loader stood lie beside the plan.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import paddle

from datatool.adapters import PlanBatches, paddle_batches


class WeightedLoss(paddle.nn.Layer):
    """Cross-entropy; each place counts as the plan says."""

    def forward(self, logits: Any, labels: Any, weights: Any) -> Any:
        """The mean loss of a batch."""
        losses = paddle.nn.functional.cross_entropy(logits, labels, reduction="none").flatten()
        return (losses * weights).sum() / weights.sum()


class KeepState(paddle.callbacks.Callback):
    """Writes model, optimizer and the loader's state after each epoch."""

    def __init__(self, batches: PlanBatches[list[Any]], folder: Path) -> None:
        super().__init__()
        self._batches, self._folder = batches, folder

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save."""
        del epoch, logs
        self.model.save(str(self._folder / "last"))  # pyright: ignore
        (self._folder / "loader.json").write_text(json.dumps(self._batches.state_dict()))


def train(plan: Path, *, epochs: int, batch_size: int, image_size: int) -> Any:
    """Train a small network, after the epochs of an earlier call."""
    folder = plan.with_suffix(".paddle_model")
    fields = ("images", "labels", "weights")
    paddle.seed(0)
    with paddle_batches(plan, fields=fields, batch_size=batch_size, image_size=image_size) as batches:
        network = paddle.vision.models.mobilenet_v3_small(num_classes=batches.loader.plan.class_num)
        spec = paddle.static.InputSpec
        model = paddle.Model(
            network,
            inputs=[spec([None, 3, image_size, image_size], "float32", "images")],
            labels=[spec([None], "int64", "labels"), spec([None], "float32", "weights")],
        )
        model.prepare(paddle.optimizer.Momentum(0.01, parameters=model.parameters()), WeightedLoss())
        done = 0
        if (folder / "loader.json").exists():
            state = json.loads((folder / "loader.json").read_text())
            model.load(str(folder / "last"))
            batches.load_state_dict(state)
            done = state["epoch"] + 1
        folder.mkdir(exist_ok=True)
        if done < epochs:
            data: Any = batches  # whatever yields batches will do
            model.fit(data, epochs=epochs - done, verbose=0, callbacks=[KeepState(batches, folder)])
        print(f"{max(epochs - done, 0)} epochs, of {len(batches)} steps each")
    return model


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="a plan folder that datatool balance wrote")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=128)
    train(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
