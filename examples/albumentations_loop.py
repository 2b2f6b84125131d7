"""An albumentations chain under a plan: `python examples/albumentations_loop.py train.plan`.

Each draw has a seed of its own, so that an oversampled picture looks different each time and a run can be repeated.
"""

# ruff: noqa: I001 - the order of imports matters here

from __future__ import annotations

import argparse
from pathlib import Path

from datatool import BalancedLoader  # before albumentations: importing it turns off that package's call home

import albumentations as A  # noqa: N812 - the name that package's users know


def train(plan: Path, *, epochs: int, batch_size: int, image_size: int, processes: bool) -> int:
    """Run through the epochs; returns how many pictures were seen."""
    chain = A.Compose(
        [
            A.RandomResizedCrop((image_size, image_size), scale=(0.2, 1.0)),
            A.HorizontalFlip(p=0.5),
            A.Affine(rotate=(-15, 15), p=0.5),
            A.ColorJitter(p=0.8),
            A.GaussianBlur(p=0.2),
        ]
    )
    seen = 0
    with BalancedLoader(
        plan,
        batch_size=batch_size,
        image_size=image_size,
        framework="numpy",
        augment="none",  # the chain is given whole pictures
        transform=chain,
        workers="processes" if processes else "threads",
    ) as loader:
        for epoch in range(epochs):
            for batch in loader.epoch(epoch):
                seen += len(batch)
        print(f"{seen} pictures at {loader.stats()['images_per_second']:.0f} images/s")
    return seen


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="a plan folder that datatool balance wrote")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=128)
    parser.add_argument("--processes", action="store_true", help="one process per CPU instead of threads")
    train(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
