"""What is no finding is compared with the baseline too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from datatool.audit._homogeneity import ALPHA, POWER, chi2_tail, compare
from tests.helpers.program import Cli
from tests.helpers.scenes import encode, scene


def draw(generator: np.random.Generator, shares: list[float], count: int) -> dict[str, int]:
    return {str(at): int(n) for at, n in enumerate(generator.multinomial(count, shares))}


def test_samples_of_one_distribution_rarely_differ_and_changed_ones_of_the_size_needed_do() -> None:
    """The rates that the formulas promise, within four standard errors of 400 draws."""
    generator = np.random.default_rng(5)
    shares, other = [0.4, 0.3, 0.2, 0.1], [0.3, 0.3, 0.25, 0.15]
    said = compare(
        {str(k): int(100_000 * p) for k, p in enumerate(shares)}, {str(k): int(1000 * p) for k, p in enumerate(other)}
    )
    assert said is not None
    assert said.needed is not None
    false = shown = 0
    for _ in range(400):
        before = draw(generator, shares, 100_000)
        same, changed = (compare(before, draw(generator, p, said.needed)) for p in (shares, other))
        assert same is not None
        assert changed is not None
        false += same.p < ALPHA
        shown += changed.p < ALPHA
    assert false / 400 <= ALPHA + 4 * (ALPHA / 400) ** 0.5
    assert abs(shown / 400 - POWER) <= 4 * (POWER * (1 - POWER) / 400) ** 0.5


@pytest.mark.parametrize(
    ("value", "freedom", "expected"),
    [(3.841, 1, 0.05), (6.635, 1, 0.01), (11.07, 5, 0.05), (23.21, 10, 0.01), (124.34, 100, 0.05)],
)
def test_tails_are_those_of_the_tables(value: float, freedom: int, expected: float) -> None:
    assert chi2_tail(value, freedom) == pytest.approx(expected, rel=0.12)


def test_a_sample_too_small_says_what_would_be_needed() -> None:
    said = compare({"a": 500, "b": 500}, {"a": 6, "b": 4})
    assert said is not None
    assert said.p > ALPHA
    assert said.needed is not None
    assert said.needed > 100
    assert said.detectable > 0.1


def test_one_category_or_no_row_is_no_comparison() -> None:
    assert compare({"a": 5}, {"a": 7}) is None
    assert compare({}, {"a": 7}) is None


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for name, zero, one in (("old", 60, 60), ("same", 30, 30), ("new", 100, 20)):
        lines = [f"{name}{n}.jpg 0" for n in range(zero)] + [f"{name}x{n}.jpg 1" for n in range(one)]
        Path(f"{name}.txt").write_text("\n".join(lines) + "\n")


def test_changed_class_shares_are_said_with_what_the_sizes_can_show(lists: None, cli: Cli) -> None:
    cli("audit", "old.txt", "--out", "old")
    done = cli("audit", "new.txt", "--baseline", "old")
    assert done.code == 0
    assert "I901 drift: class shares: 33.3 % moved" in done.out
    assert "class 1: 50.0 -> 16.7 %" in done.out
    assert "would show a change of this size" in done.out


def test_nothing_new_still_says_how_small_a_change_could_have_been_seen(lists: None, cli: Cli) -> None:
    cli("audit", "old.txt", "--out", "old")
    done = cli("audit", "same.txt", "--baseline", "old")
    assert "Nothing new." in done.out
    assert "class shares: 0.0 % moved (p = 1); 120 rows before and 60 now show any change of" in done.out
    found = json.loads(cli("audit", "same.txt", "--baseline", "old", "--json").out)
    assert [one["what"] for one in found["drift"]] == ["class shares"]


def test_drift_is_said_again_though_the_baseline_had_drifted_itself(lists: None, cli: Cli) -> None:
    cli("audit", "old.txt", "--out", "first")
    cli("audit", "new.txt", "--baseline", "first", "--out", "second")
    assert "I901" in cli("audit", "old.txt", "--baseline", "second").out


def test_sizes_and_formats_are_compared_where_images_were_read(lists: None, cli: Cli) -> None:
    for name, kind, height in (("old", "JPEG", 120), ("new", "PNG", 60)):
        lines = []
        for number in range(40):
            Path(f"{name}{number}.img").write_bytes(encode(scene(number, height=height), kind))
            lines.append(f"{name}{number}.img 0\n")
        Path(f"{name}.txt").write_text("".join(lines))
    cli("audit", "old.txt", "--images", "--ignore", "W404", "--out", "old")
    done = cli("audit", "new.txt", "--images", "--baseline", "old", "--json")
    changed = {one["what"]: one["changed"] for one in json.loads(done.out)["drift"]}
    assert changed == {"formats": True, "sizes": True}
