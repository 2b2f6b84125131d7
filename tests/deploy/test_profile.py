"""Profiles of backbones and runs, and the choice under limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from datatool.deploy import Limits, milliseconds, profile, write_profile_page
from datatool.deploy._profile import choose
from datatool.errors import ConfigError
from datatool.schemas import Latency, ModelProfile


def model(name: str, *, ms: float, accuracy: float | None) -> ModelProfile:
    latency = Latency(median=ms, min=ms, max=ms, runs=1)
    return ModelProfile(
        name=name,
        class_num=10,
        image_size=32,
        params=1,
        macs=1,
        flops=2,
        activation_bytes_training=4,
        activation_bytes_inference=4,
        head_params=1,
        eager=latency,
        compiled=None,
        balanced_accuracy=accuracy,
        top1=accuracy,
    )


SMALL, LARGE, SLOW = (
    model("small", ms=2, accuracy=0.7),
    model("large", ms=9, accuracy=0.8),
    model("slow", ms=30, accuracy=0.9),
)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(under_ms=10), "large"),
        (Limits(under_ms=5), "small"),
        (Limits(at_least=0.85), "slow"),
        (Limits(under_ms=50, at_least=0.6), "slow"),
    ],
)
def test_the_most_accurate_model_within_the_limits_is_chosen(limits: Limits, expected: str) -> None:
    assert choose([SMALL, LARGE, SLOW], limits) == expected


def test_without_accuracies_the_fastest_is_chosen() -> None:
    models = [model("a", ms=3, accuracy=None), model("b", ms=2, accuracy=None)]

    assert choose(models, Limits(under_ms=10)) == "b"


def test_limits_that_nothing_keeps_to_name_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"fastest is 'small' with 2 ms, the most accurate 'slow' with 0\.900"):
        choose([SMALL, LARGE, SLOW], Limits(under_ms=1))


def test_a_time_without_sense_is_refused() -> None:
    with pytest.raises(ConfigError, match="such as 10ms"):
        milliseconds("soon")


def test_a_run_and_a_backbone_are_profiled_side_by_side(trained: Path, tmp_path: Path) -> None:
    document = profile([str(trained), "paddle.vision:mobilenet_v3_small"], image_size=32, threads=1, runs=2)

    run, backbone = document.models
    assert run.class_num == 3
    assert run.balanced_accuracy is not None
    assert backbone.class_num == 1000
    assert backbone.balanced_accuracy is None
    assert run.compiled is not None
    assert run.compiled.min <= run.compiled.median <= run.compiled.max
    write_profile_page(document, tmp_path / "profile.html")
    assert "mobilenet_v3_small" in (tmp_path / "profile.html").read_text()


def test_a_torch_run_is_profiled_too(trained_torch: Path) -> None:
    document = profile([str(trained_torch)], threads=1, runs=1)

    assert document.models[0].macs > 0


def test_an_unknown_backbone_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="resnet18"):
        profile(["paddle.vision:resnet81"], threads=1)
