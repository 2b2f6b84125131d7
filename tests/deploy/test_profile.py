"""Profiles of backbones and runs, and the choice under limits."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from datatool.deploy import Limits, choose, milliseconds, profile, write_profile_page
from datatool.errors import ConfigError
from datatool.frameworks import open_framework
from datatool.schemas import Latency, ModelProfile, ProfileDocument
from tests.helpers.exactness import paddle_threads
from tests.helpers.program import Cli


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


def test_eager_calls_are_timed_with_the_threads_asked_for_and_the_process_keeps_its_own(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = type(open_framework("paddle"))
    forward, seen = kit.forward, []

    def watched(*arguments: Any, **options: Any) -> Any:
        seen.append(paddle_threads())
        return forward(*arguments, **options)

    monkeypatch.setattr(kit, "forward", watched)
    profile([str(trained)], threads=3, runs=2)

    assert seen[-2:] == [3, 3]
    assert paddle_threads() == int(os.environ["OMP_NUM_THREADS"])


def test_an_unknown_backbone_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="resnet18"):
        profile(["paddle.vision:resnet81"], threads=1)


@pytest.mark.parametrize("at_least", [-0.1, 1.5, float("nan")])
def test_an_accuracy_that_is_none_is_refused(at_least: float) -> None:
    with pytest.raises(ConfigError, match="from 0 to 1"):
        Limits(at_least=at_least)


def test_limits_that_nothing_keeps_to_are_told_after_what_was_measured(trained: Path, tmp_path: Path, cli: Cli) -> None:
    page = tmp_path / "p.html"
    options = ("--threads", 1, "--runs", 1, "--under", "0ms", "--out", page)

    done = cli("profile", trained, *options, "--json")

    assert done.code == 2
    assert json.loads(done.out)["models"][0]["name"] == str(trained)
    assert page.exists()
    assert "must keep to the limits" in done.err


def test_a_folder_to_write_to_is_refused_before_anything_is_measured(tmp_path: Path, cli: Cli) -> None:
    done = cli("profile", "no:backbone", "--out", tmp_path)
    assert done.code == 2
    assert "a folder" in done.err


def test_peak_activation_memory_is_printed_and_on_the_page(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    document = profile([str(trained)], threads=1, runs=1)
    large = document.models[0].model_copy(
        update={"activation_bytes_training": 13 * 2**18, "activation_bytes_inference": 3 * 2**18}
    )
    document = ProfileDocument(rule="r", batch=1, threads=1, models=[large])
    monkeypatch.setattr("datatool.deploy.profile", lambda *_, **__: document)

    done = cli("profile", trained, "--out", tmp_path / "p.html")
    assert done.code == 0

    page = (tmp_path / "p.html").read_text()
    for label, value in (("training MiB", "3.25"), ("inference MiB", "0.75")):
        assert label in done.out
        assert value in done.out
        assert label.replace(" ", ", ") in page
        assert value in page


@pytest.mark.parametrize(
    ("backbone", "size", "reason"),
    [
        ("googlenet", 224, "one tensor of logits; .* gives a .* of 3"),
        ("alexnet", 32, "must take images of 32 px; 'paddle.vision:alexnet' does not: "),
        ("inception_v3", 32, "must take images of 32 px; .* not finite"),
    ],
)
def test_a_backbone_that_cannot_be_measured_is_one_sentence(backbone: str, size: int, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        profile([f"paddle.vision:{backbone}"], image_size=size, class_num=10, threads=1, runs=1)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "reason"), [("{", "must be JSON"), ('{"top1": 1}', "must be given")])
def test_a_broken_evaluation_is_one_sentence(trained: Path, tmp_path: Path, text: str, reason: str) -> None:
    home = shutil.copytree(trained.parents[1], tmp_path / "home")
    run = home / trained.relative_to(trained.parents[1])
    (run / "eval.json").write_text(text)

    with pytest.raises(ConfigError, match=reason):
        profile([str(run)], threads=1, runs=1)
