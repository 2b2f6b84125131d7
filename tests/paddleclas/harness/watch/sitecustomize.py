"""Loaded by Python itself where this folder is on its path: records the labels of every batch that a loader gives.

Nothing of PaddleClas is edited. Each pass over a loader is one line of JSON: its list, and the labels of its batches.
"""

import json
import os
from collections.abc import Iterator
from typing import Any

if os.environ.get("WATCHED_LABELS"):
    import paddle.io

    _iterate = paddle.io.DataLoader.__iter__

    def _watched(self: Any) -> Iterator[Any]:
        batches = []
        try:
            for batch in _iterate(self):
                batches.append(batch[1].flatten().tolist())
                yield batch
        finally:
            with open(os.environ["WATCHED_LABELS"], "a") as file:
                file.write(json.dumps({"list": self.dataset._cls_path, "batches": batches}) + "\n")

    paddle.io.DataLoader.__iter__ = _watched
