"""A plain Paddle training loop over a plan: `python examples/paddle_loop.py train.plan`.

It resumes where it was stopped, in the middle of an epoch too: state.json lies beside the plan.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import paddle

from datatool import BalancedLoader


def train(plan: Path, *, epochs: int, batch_size: int, image_size: int) -> float:
    """Train a small network; returns the last loss."""
    state_file = plan.with_suffix(".state.json")
    with BalancedLoader(plan, batch_size=batch_size, image_size=image_size, framework="paddle") as loader:
        if state_file.exists():
            loader.load_state_dict(json.loads(state_file.read_text()))
        model = paddle.vision.models.mobilenet_v3_small(num_classes=loader.plan.class_num)
        optimizer = paddle.optimizer.Momentum(learning_rate=0.01, parameters=model.parameters())
        loss = paddle.zeros([])
        for epoch in range(loader.state_dict()["epoch"], epochs):
            for batch in loader.epoch(epoch):
                losses = paddle.nn.functional.cross_entropy(model(batch.images), batch.labels, reduction="none")
                loss = (losses.flatten() * batch.weights).sum() / batch.weights.sum()
                loss.backward()
                optimizer.step()
                optimizer.clear_grad()
                state_file.write_text(json.dumps(loader.state_dict()))
            print(f"epoch {epoch}: loss {float(loss):.3f}")
        for error in loader.errors:
            print(f"{error.action} {error.times} times: {error.path}: {error.reason}")
        print(f"{loader.stats()['images_per_second']:.0f} images/s")
    return float(loss)


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="a plan folder that datatool balance wrote")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=128)
    arguments = parser.parse_args()
    train(**vars(arguments))


if __name__ == "__main__":
    main()
