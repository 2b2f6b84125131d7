from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datatool.balance import make_plan
from datatool.bench import BenchOptions, bench
from datatool.bench._advice import advise
from datatool.rows import open_rows, resolve
from datatool.schemas import BenchDocument, BenchEngine, BenchFiles, ConfigError, Plan
from tests.helpers.pictures import jpeg, write
from tests.helpers.program import Cli

OPTIONS = BenchOptions(batch_size=8, image_size=32, num_threads=2, seconds=0.2, sample=8, engines=("threads",))
FILES = BenchFiles(
    sampled=8,
    unreadable=0,
    mean_bytes=30_000,
    mean_megapixels=0.2,
    median_short_side=60,
    formats={"jpeg": 8},
    first_read_ms=0.02,
    read_ms=0.02,
    decode_ms=0.6,
)
ENGINE = BenchEngine(
    name="threads",
    device="cpu",
    num_threads=512,  # as many as any machine has
    images=1000,
    first_batch_seconds=0.1,
    images_per_second=1000,
    images_per_cpu_second=800,
    stages={"read": 0.1, "decode": 1.0, "augment": 0.4},
    wait_seconds=1.0,
    handover_seconds=0.1,
    consumer_seconds=0.0,
    cache_hit_rate=0.0,
    repeat_rate=0.0,
    repaired=0,
    unusable=0,
)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"seconds": float("nan")}, "seconds must be at least 0; got nan"),
        ({"step_ms": -1.0}, "step_ms must be at least 0; got -1"),
        ({"sample": 0}, "sample must be at least 1, and a whole number; got 0"),
    ],
)
def test_what_cannot_be_measured_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        BenchOptions(**options)


@pytest.mark.parametrize("engine", ["threads-", "threads-fibres"])
def test_a_kind_of_workers_is_named_in_full(plan: Plan, engine: str) -> None:
    with pytest.raises(ConfigError, match="workers must be one of threads, processes"):
        bench(plan.folder, options=replace(OPTIONS, engines=(engine,)))


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    write(tmp_path, {f"{number}.jpg": jpeg(number, width=80, height=60) for number in range(12)})
    (tmp_path / "labels.txt").write_text("".join(f"{number}.jpg {min(number, 1)}\n" for number in range(12)))
    with open_rows(resolve(str(tmp_path / "labels.txt"))) as rows:
        return make_plan(rows, strategy="oversample", out=tmp_path / "train.plan")


def names(plan: Plan, *, options: BenchOptions = OPTIONS, files: Any = None, **engine: Any) -> list[str]:
    found = advise(plan, options, FILES.model_copy(update=files or {}), [ENGINE.model_copy(update=engine)])
    return [advice.name for advice in found]


def test_a_plan_is_loaded_and_its_time_divided(plan: Plan) -> None:
    document = bench(plan.folder, options=OPTIONS)
    (engine,) = document.engines
    assert engine.images >= 8
    assert {"read", "decode", "augment"} <= set(engine.stages)
    assert engine.images_per_cpu_second > 0
    assert document.files.sampled == document.files.formats["jpeg"] > 0
    assert document.files.median_short_side == 60
    assert BenchDocument.model_validate(json.loads(document.to_json())) == document


def test_an_engine_that_is_not_installed_is_left_out_by_name(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    document = bench(plan.folder, options=BenchOptions(**{**vars(OPTIONS), "engines": None}))
    assert [engine.name for engine in document.engines] == ["threads"]
    assert "DALI is not installed" in document.left_out["dali"]


def test_nothing_to_change_gives_no_advice(plan: Plan) -> None:
    assert names(plan) == []


@pytest.mark.parametrize(
    ("name", "files", "engine"),
    [
        ("originals-too-large", {"median_short_side": 3000}, {}),
        ("slow-disk", {"first_read_ms": 9.0}, {}),
        ("slow-disk", {}, {"stages": {"read": 1.0, "decode": 1.0}}),
        ("cache-too-small", {}, {"repeat_rate": 0.6, "cache_hit_rate": 0.1}),
        ("augment-heavy", {}, {"stages": {"decode": 0.1, "augment": 1.0}}),
        ("broken-files", {}, {"unusable": 2}),
    ],
)
def test_every_rule_fires_on_its_own_numbers(plan: Plan, name: str, files: Any, engine: Any) -> None:
    assert name in names(plan, files=files, **engine)


def test_few_threads_are_named(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    from datatool.bench import _advice
    from datatool.machine import CpuLimit

    monkeypatch.setattr(_advice, "cpu_limit", lambda: CpuLimit(quota=None, affinity=16))
    assert names(plan, num_threads=4) == ["few-threads"]


def test_a_step_time_tells_whether_the_loader_keeps_up(plan: Plan) -> None:
    options = BenchOptions(**{**vars(OPTIONS), "step_ms": 100.0})
    assert names(plan, options=options, wait_seconds=0.01, consumer_seconds=5.0) == ["keeps-up"]
    assert names(plan, options=options, wait_seconds=2.0, consumer_seconds=5.0) == ["loader-too-slow"]


def test_the_clearly_faster_engine_is_named(plan: Plan) -> None:
    fast = ENGINE.model_copy(update={"name": "dali", "images_per_second": 2000.0})
    (advice,) = advise(plan, OPTIONS, FILES, [ENGINE, fast])
    assert (advice.name, advice.hint) == ("best-engine", "engine='dali'")
    assert not list(advise(plan, OPTIONS, FILES, [ENGINE, ENGINE.model_copy(update={"images_per_second": 1100.0})]))


def test_the_command_prints_where_the_time_goes(plan: Plan, cli: Cli) -> None:
    common = ("bench", plan.folder, "--batch-size", 8, "--image-size", 32, "--seconds", 0.2, "--engine", "threads")
    run = cli(*common)
    assert (run.code, run.err) == (0, "")
    assert "images/CPU-s" in run.out
    assert "threads: workers" in run.out
    document = json.loads(cli(*common, "--json", "--cache", "off").out)
    assert document["schema"] == "datatool.bench/1"
    assert document["engines"][0]["cache_hit_rate"] == 0
    missing = cli("bench", plan.folder / "none")
    assert (missing.code, missing.out) == (2, "")
    for option, value in (("--cache", "much"), ("--step-ms", "-4"), ("--seconds", "nan")):
        wrong = cli(*common, option, value)
        assert (wrong.code, wrong.err.count("\n")) == (2, 1)
        assert "internal" not in wrong.err
