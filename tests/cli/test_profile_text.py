"""`datatool profile` in a terminal: a line a model where it is wide, a figure a line where it is not."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from datatool.cli import _profile
from datatool.schemas import Latency, ModelProfile, ProfileDocument

_MODEL = ModelProfile.model_construct(
    name="paddle.vision:mobilenet_v3_large",
    image_size=224,
    params=5_480_000,
    head_params=1_280_000,
    macs=219_000_000,
    flops=438_000_000,
    activation_bytes_training=99 << 20,
    activation_bytes_inference=9 << 20,
    eager=Latency.model_construct(median=31.25, min=30.5, max=129.75),
    compiled=Latency.model_construct(median=9.5, min=9.25, max=12.125),
    balanced_accuracy=0.912,
)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_every_figure_is_readable_at_any_width(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    out = io.StringIO()
    monkeypatch.setattr(_profile, "console", lambda: Console(file=out, width=width, highlight=False, markup=False))
    _profile._print(ProfileDocument.model_construct(rule="r", batch=1, threads=1, models=[_MODEL] * 2, chosen=None))
    lines = out.getvalue().splitlines()
    assert [line for line in lines if len(line) > width] == []
    for figure in (
        "paddle.vision:mobilenet_v3_large",
        "5.48 M",
        "31.25 (30.50 to 129.75)",
        "9.50 (9.25 to 12.12)",
        "0.912",
    ):
        assert sum(line.count(figure) for line in lines) == 2
