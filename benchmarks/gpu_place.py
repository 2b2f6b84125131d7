"""What the checks of `gpu_check.py` are given: the device, pictures and plans of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datatool.balance import make_plan
from datatool.rows import open_rows, resolve
from datatool.schemas import Plan
from tests.helpers.pictures import jpeg, write

NUM_MADE = 48  # pictures where no data is given
CLASS_ROWS = (5, 3, 1)  # of eight made pictures, how many are of each class


class NotRunError(Exception):
    """Why a check cannot be run here."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where checks run.

    Attributes:
        device: Of the loader, ``gpu:0`` or ``cpu``.
        listed: The list of pictures.
        work: A scratch folder.
        dry: Whether sizes are small and speeds mean nothing.
        batch: Rows of a batch for speeds.
        image_size: Of a batch, pixels.
    """

    device: str
    listed: Path
    work: Path
    dry: bool
    batch: int
    image_size: int

    @property
    def on_gpu(self) -> bool:
        """Whether the engine decodes on a GPU."""
        return self.device != "cpu"

    def plan(self, strategy: str = "natural") -> Plan:
        """A plan of the list, made once."""
        folder = self.work / f"{strategy.replace(':', '-')}.plan"
        if folder.is_dir():
            return Plan.open(folder)
        with open_rows(resolve(str(self.listed), root=str(self.listed.parent))) as rows:
            return make_plan(rows, strategy=strategy, out=folder)

    def paths(self) -> list[str]:
        """Every picture of the list."""
        lines = self.listed.read_text().splitlines()
        return [str(self.listed.parent / line.rpartition(" ")[0]) for line in lines]

    def options(self, **changed: Any) -> dict[str, Any]:
        """Arguments of a loader on this device."""
        return {
            "batch_size": 16 if self.on_gpu else 8,
            "image_size": self.image_size,
            "framework": "torch",
            "device": self.device,
            "engine": "dali",
        } | changed


def make_place(data: Path | None, work: Path, *, dry: bool) -> Place:
    """Pictures that are there, or made."""
    listed = work / "labels.txt" if data is None else data.resolve() / "train_list.txt"
    if data is None:
        write(work, {f"{number}.jpg": jpeg(number) for number in range(NUM_MADE)})
        listed.write_text("".join(f"{number}.jpg {_made_class(number)}\n" for number in range(NUM_MADE)))
    return Place(
        device="cpu" if dry else "gpu:0",
        listed=listed,
        work=work,
        dry=dry,
        batch=8 if dry else 256,
        image_size=32 if dry else 224,
    )


def _made_class(number: int) -> int:
    place = number % sum(CLASS_ROWS)
    return next(label for label in range(len(CLASS_ROWS)) if place < sum(CLASS_ROWS[: label + 1]))
