"""A plain PyTorch training loop over a plan: `torchrun --nproc_per_node=2 examples/torch_loop.py train.plan`.

The ranks share each batch; the loss is that of one process with the same total batch.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch
from torch import nn

from datatool import BalancedLoader


def network(class_num: int) -> nn.Module:
    """A small convolutional network without batch statistics."""
    return nn.Sequential(
        nn.Conv2d(3, 16, 5, stride=4), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, class_num),
    )  # fmt: skip


def train(plan: Path, *, epochs: int, batch_size: int, image_size: int) -> float:
    """Train; returns the last loss over all ranks."""
    rank, world_size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if world_size > 1:
        torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    torch.manual_seed(0)
    total = torch.zeros(())
    with BalancedLoader(
        plan,
        batch_size=batch_size,
        image_size=image_size,
        framework="torch",
        rank=rank,
        world_size=world_size,
        augment="crop-flip+jitter",
    ) as loader:
        device = loader.stats()["device"]
        model = network(loader.plan.class_num).to(device)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        for epoch in range(epochs):
            for batch in loader.epoch(epoch):
                losses = nn.functional.cross_entropy(model(batch.images), batch.labels, reduction="none")
                weight = summed(batch.weights.sum())  # over the global batch: ranks may have parts of unequal size
                loss = (losses * batch.weights).sum() / weight
                optimizer.zero_grad()
                loss.backward()
                for parameter in model.parameters():
                    assert parameter.grad is not None
                    summed(parameter.grad)
                optimizer.step()
                total = summed(loss.detach())
            if rank == 0:
                print(f"epoch {epoch}: loss {float(total):.3f}")
    if world_size > 1:
        torch.distributed.destroy_process_group()
    return float(total)


def summed(value: torch.Tensor) -> torch.Tensor:
    """The sum over all ranks, in place."""
    if torch.distributed.is_initialized():
        torch.distributed.all_reduce(value)
    return value


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
