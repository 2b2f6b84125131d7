"""What one rank of a launched job runs: writes its positions and rows of two epochs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from datatool.loader import BalancedLoader


def main(plan: str, out: str) -> None:
    rank = int(os.environ.get("PADDLE_TRAINER_ID", os.environ.get("RANK", "0")))
    world_size = int(os.environ.get("PADDLE_TRAINERS_NUM", os.environ.get("WORLD_SIZE", "1")))
    options: dict[str, Any] = {"batch_size": 5, "image_size": 16, "num_threads": 1, "cache": None}
    with BalancedLoader(
        plan, rank=rank, world_size=world_size, framework="numpy", engine="threads", **options
    ) as loader:
        epochs = [
            [{"positions": batch.positions.tolist(), "rows": batch.rows.tolist()} for batch in loader.epoch(epoch)]
            for epoch in range(2)
        ]
    Path(out, f"{rank}-of-{world_size}.json").write_text(json.dumps(epochs))


if __name__ == "__main__":
    main(*sys.argv[1:])
