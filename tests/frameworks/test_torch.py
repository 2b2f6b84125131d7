"""What PyTorch alone refuses, in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.errors import ConfigError
from tests.helpers.runs import Run, figures

NET = """
from torch import nn

def net(num_classes):
    layers = nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, num_classes)
    return nn.Sequential(*layers)
"""


@pytest.mark.parametrize("amp", [False, True])
def test_batch_norm_over_a_single_value_names_the_batch_size(run: Run, home: Path, amp: bool) -> None:
    """36 rows in batches of 7 leave one over; batches of 6 train."""
    (home / "one_value.py").write_text(NET)
    sections = {
        "model": {"backbone": "one_value:net"},
        "optimizer": {"amp": amp},
        "run": {"trainer": "torch", "epochs": 1},
    }
    with pytest.raises(ConfigError, match=r"more than one value per channel .* got a batch of 1 .*data\.batch_size"):
        run("seven", **sections, data={"batch_size": 7, "val": None})
    assert len(figures(run("six", **sections, data={"batch_size": 6, "val": None}))) == 1
