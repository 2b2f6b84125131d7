"""Stratified, reproducible, and identical content on one side."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.helpers.program import Cli
from tests.helpers.read_back import read_images
from tests.helpers.scenes import encode, scene


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """1,000 rows: 900, 90 and 10 of three classes; 100 of the first are synthetic."""
    names = [f"{'synth' if n < 100 else 'photo'}/{n}.jpg {0 if n < 900 else 1 if n < 990 else 2}" for n in range(1000)]
    (tmp_path / "all.txt").write_text("\n".join(names) + "\n")
    return tmp_path / "all.txt"


def run(cli: Cli, listed: Path, out: str, *arguments: object) -> Counter[tuple[str, str, str]]:
    done = cli("split", listed, "-o", listed.parent / out, "--no-images", "--synthetic", "synth/*", *arguments)
    assert done.code == 0, done.err
    rows = read_images(listed.parent / out)
    return Counter({(split, label, source): 0 for _, label, split, source in rows}) + Counter(
        (split, label, source) for _, label, split, source in rows
    )


def test_every_class_and_source_gives_its_share_and_synthetic_rows_stay_in_train(listed: Path, cli: Cli) -> None:
    counts = run(cli, listed, "out", "--val", 0.1, "--test", 0.2)
    assert counts == {
        ("train", "0", "synthetic"): 100,
        ("train", "0", "real"): 560,
        ("train", "1", "real"): 63,
        ("train", "2", "real"): 7,
        ("val", "0", "real"): 80,
        ("val", "1", "real"): 9,
        ("val", "2", "real"): 1,
        ("test", "0", "real"): 160,
        ("test", "1", "real"): 18,
        ("test", "2", "real"): 2,
    }


def test_the_draw_depends_on_the_seed_and_not_on_order_or_place(listed: Path, cli: Cli) -> None:
    def val(out: str, *arguments: object, source: Path = listed) -> set[str]:
        run(cli, source, out, "--val", 0.1, *arguments)
        return {line.rpartition(" ")[0] for line in (source.parent / out / "val.txt").read_text().splitlines()}

    first = val("a")
    assert val("b") == first
    assert len(val("c", "--seed", 1) & first) < 30
    elsewhere = listed.parent / "elsewhere"
    elsewhere.mkdir()
    lines = listed.read_text().splitlines()
    random.Random(3).shuffle(lines)
    (elsewhere / "all.txt").write_text("\n".join(lines) + "\n")
    assert val("d", source=elsewhere / "all.txt") == first


def test_a_class_never_loses_its_last_train_row(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "all.txt").write_text("".join(f"{n}.jpg {n}\n" for n in range(20)) + "x.jpg 0\n")
    counts = run(cli, tmp_path / "all.txt", "out", "--val", 0.5)
    assert {label for split, label, _ in counts if split == "train"} == {str(n) for n in range(20)}


def lines_per_class(folder: Path) -> Counter[tuple[str, str]]:
    """Lines, copies included, by split and label."""
    return Counter(
        (file.stem, line.rpartition(" ")[2]) for file in folder.glob("t*.txt") for line in file.read_text().splitlines()
    ) + Counter(("val", line.rpartition(" ")[2]) for line in (folder / "val.txt").read_text().splitlines())


@pytest.mark.parametrize("size", [2, 3, 5])
def test_copies_that_go_together_do_not_starve_a_split(tmp_path: Path, cli: Cli, size: int) -> None:
    lines = [f"{label}/{n // size}.jpg {label}\n" for label in range(10) for n in range(30 * size)]
    (tmp_path / "all.txt").write_text("".join(lines))
    run(cli, tmp_path / "all.txt", "out", "--val", 0.1, "--test", 0.15)
    counts = lines_per_class(tmp_path / "out")
    for split, share in ("val", 0.1), ("test", 0.15):
        for label in range(10):
            assert abs(counts[split, str(label)] - share * 30 * size) <= size


def test_a_class_of_one_group_of_copies_stays_in_train(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "all.txt").write_text("a.jpg 0\n" * 4 + "b.jpg 1\nc.jpg 1\n" * 2)
    run(cli, tmp_path / "all.txt", "out", "--val", 0.5)
    assert lines_per_class(tmp_path / "out") == {("train", "0"): 4, ("train", "1"): 2, ("val", "1"): 2}


@pytest.mark.parametrize("seed", range(4))
def test_a_share_smaller_than_the_copies_of_an_image_is_still_met(tmp_path: Path, cli: Cli, seed: int) -> None:
    (tmp_path / "all.txt").write_text("".join(f"{n // 2}.jpg 0\n" for n in range(10)))
    run(cli, tmp_path / "all.txt", "out", "--val", 0.1, "--seed", seed)
    assert lines_per_class(tmp_path / "out") == {("train", "0"): 8, ("val", "0"): 2}


def test_identical_bytes_and_pixels_stay_on_one_side(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lines = []
    for number in range(30):
        data = encode(scene(number))
        edited = data[:2] + b"\xff\xfe\x00\x07hello" + data[2:]
        for kind, content in (("first", data), ("copy", data), ("edit", edited)):
            (tmp_path / f"{kind}{number}.jpg").write_bytes(content)
            lines.append(f"{kind}{number}.jpg {number % 2}\n")
    (tmp_path / "all.txt").write_text("".join(lines))
    assert cli("split", tmp_path / "all.txt", "-o", tmp_path / "out", "--val", 0.3).code == 0
    sides: dict[str, set[str]] = {}
    for path, _, split, _ in read_images(tmp_path / "out"):
        sides.setdefault("".join(filter(str.isdigit, Path(path).stem)), set()).add(split)
    assert {len(found) for found in sides.values()} == {1}
    assert Counter(found for one in sides.values() for found in one)["val"] >= 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "must leave rows"),
        (("--val", 0.6, "--test", 0.4), "must leave rows"),
        (("--val", 1.5), "between 0 and 1"),
        (("--val", -0.1), "between 0 and 1"),
    ],
)
def test_shares_that_leave_nothing_are_refused(
    listed: Path, cli: Cli, arguments: tuple[object, ...], said: str
) -> None:
    done = cli("split", listed, "-o", listed.parent / "out", "--no-images", *arguments)
    assert (done.code, said in done.err) == (2, True)
    assert not (listed.parent / "out").exists()


def test_a_split_that_has_rows_is_not_made_again(listed: Path, cli: Cli) -> None:
    done = cli("split", listed, "--split", f"val={listed}", "--val", 0.1, "--no-images", "-o", listed.parent / "out")
    assert (done.code, "no rows yet" in done.err) == (2, True)


def test_another_split_that_is_there_passes_through(listed: Path, cli: Cli) -> None:
    (listed.parent / "test.txt").write_text("held/1.jpg 0\nheld/2.jpg 1\n")
    counts = run(cli, listed, "out", "--split", f"test={listed.parent / 'test.txt'}", "--val", 0.1)
    assert counts[("test", "0", "real")] == counts[("test", "1", "real")] == 1


def test_files_that_cannot_be_read_go_by_their_path_and_are_counted(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "all.txt").write_text("".join(f"{number}.jpg 0\n" for number in range(20)))
    assert cli("split", tmp_path / "all.txt", "-o", tmp_path / "out", "--val", 0.25).code == 0
    assert "20 files are missing or unreadable" in caplog.text
    assert Counter(split for _, _, split, _ in read_images(tmp_path / "out")) == {"train": 15, "val": 5}
