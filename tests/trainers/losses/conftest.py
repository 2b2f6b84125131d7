from __future__ import annotations

from typing import Any

import pytest

from datatool.trainers import ModuleTrainer, make_trainer


@pytest.fixture(params=["paddle", "torch"])
def kit(request: pytest.FixtureRequest) -> Any:
    """Each framework, on the CPU."""
    pytest.importorskip(request.param)
    trainer = make_trainer(request.param)
    assert isinstance(trainer, ModuleTrainer)
    trainer.kit.start(device="cpu", rank=0, world_size=1)
    return trainer.kit
