"""A Lightning loop over a plan: `python examples/lightning_loop.py train.plan`.

Run it again with more epochs and it goes on from its last checkpoint, in the middle of an epoch too: the checkpoint
holds where the loader stood.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import nn

from datatool.adapters import torch_batches


class Classifier(pl.LightningModule):
    """A small convolutional network; the loss counts each place as the plan says."""

    def __init__(self, class_num: int) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=4), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, class_num),
        )  # fmt: skip

    def training_step(self, batch: dict[str, Any], _: int) -> torch.Tensor:
        """The mean loss of a batch."""
        losses = nn.functional.cross_entropy(self.network(batch["images"]), batch["labels"], reduction="none")
        loss: torch.Tensor = (losses * batch["weights"]).sum() / batch["weights"].sum()
        self.log("loss", loss, batch_size=len(losses))
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Momentum at a fixed rate."""
        return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)


def train(plan: Path, *, epochs: int, max_steps: int, batch_size: int, image_size: int) -> Classifier:
    """Train, from the last checkpoint where there is one."""
    pl.seed_everything(0)
    checkpoints = plan.with_suffix(".lightning")
    saved = checkpoints / "last.ckpt"
    saver = pl.callbacks.ModelCheckpoint(dirpath=checkpoints, save_last=True, every_n_train_steps=1)  # pyright: ignore
    with torch_batches(plan, batch_size=batch_size, image_size=image_size) as batches:
        model = Classifier(batches.loader.plan.class_num)
        trainer = pl.Trainer(
            max_epochs=epochs, max_steps=max_steps, callbacks=[saver], logger=False, accelerator="auto", devices=1,
            enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        trainer.fit(model, batches, ckpt_path=saved if saved.exists() else None, weights_only=False)
        print(f"step {trainer.global_step}: loss {float(trainer.callback_metrics.get('loss', 0.0)):.3f}")
    return model


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="a plan folder that datatool balance wrote")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--max-steps", type=int, default=-1, help="stop after so many steps; -1 is all epochs")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=128)
    train(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
