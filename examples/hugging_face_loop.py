"""The Trainer of Hugging Face over a plan: `python examples/hugging_face_loop.py train.plan`.

Run it again with more epochs and it goes on from its last checkpoint; steps that were taken are skipped without
decoding their images.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import ResNetConfig, ResNetForImageClassification, Trainer, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from datatool.adapters import PlanBatches, torch_batches


class BalancedTrainer(Trainer):
    """A Trainer that is fed by a plan, and whose loss counts each place as the plan says."""

    def __init__(self, *args: Any, batches: PlanBatches[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._batches = batches

    def get_train_dataloader(self) -> Any:
        """The batches as they are: they know their rank and are on the device."""
        return self._batches

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **_: Any) -> Any:  # pyright: ignore
        """Cross-entropy, weighted."""
        outputs = model(pixel_values=inputs["pixel_values"])
        losses = nn.functional.cross_entropy(outputs.logits, inputs["labels"], reduction="none")
        loss = (losses * inputs["weights"]).sum() / inputs["weights"].sum()
        return (loss, outputs) if return_outputs else loss


def train(plan: Path, *, epochs: float, max_steps: int, batch_size: int, image_size: int) -> Trainer:
    """Train, from the last checkpoint where there is one."""
    out = plan.with_suffix(".hugging_face")
    names = {"images": "pixel_values", "labels": "labels", "weights": "weights"}
    torch.manual_seed(0)
    with torch_batches(plan, names=names, batch_size=batch_size, image_size=image_size) as batches:
        config = ResNetConfig(
            embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic",
            num_labels=batches.loader.plan.class_num,  # pyright: ignore
        )  # fmt: skip
        arguments = TrainingArguments(
            output_dir=str(out), per_device_train_batch_size=batch_size, num_train_epochs=epochs, max_steps=max_steps,
            learning_rate=0.01, save_steps=1, logging_steps=1, report_to="none", disable_tqdm=True,
            remove_unused_columns=False,
        )  # fmt: skip
        trainer = BalancedTrainer(model=ResNetForImageClassification(config), args=arguments, batches=batches)
        last = get_last_checkpoint(str(out)) if out.exists() else None
        trainer.train(resume_from_checkpoint=last)
        print(f"step {trainer.state.global_step}: loss {trainer.state.log_history[-1]['train_loss']:.3f}")
    return trainer


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="a plan folder that datatool balance wrote")
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--max-steps", type=int, default=-1, help="stop after so many steps; -1 is all epochs")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=128)
    train(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
