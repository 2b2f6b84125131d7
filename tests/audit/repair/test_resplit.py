"""A split of data that grew: what was settled stays."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers.program import Cli
from tests.helpers.read_back import read_images
from tests.helpers.scenes import encode, scene


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def picture(name: str, seed: int) -> None:
    file = Path(name)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(encode(scene(seed)))


def listed(name: str, lines: list[str]) -> str:
    Path(name).write_text("".join(f"{line}\n" for line in lines))
    return name


@pytest.fixture
def month1(cli: Cli) -> dict[str, str]:
    """40 pictures of two classes, split 60:20:20 into m1; path -> split."""
    lines = []
    for number in range(40):
        picture(f"p/{number}.jpg", number)
        lines.append(f"p/{number}.jpg {number % 2}")
    assert cli("split", listed("one.txt", lines), "-o", "m1", "--val", 0.2, "--test", 0.2).code == 0
    return splits("m1")


def splits(folder: str) -> dict[str, str]:
    """Path -> split."""
    return {str(Path(path).relative_to(Path.cwd())): split for path, _, split, _ in read_images(folder)}


def lines_of(paths: Any, label: int = 0) -> list[str]:
    return [f"{path} {label}" for path in paths]


def test_settled_rows_stay_and_new_ones_make_up_the_shares(month1: dict[str, str], cli: Cli) -> None:
    for number in range(40, 60):
        picture(f"p/{number}.jpg", number)
    lines = [f"p/{number}.jpg {number % 2}" for number in range(60)]

    done = cli("split", listed("two.txt", lines), "--from", "m1", "-o", "m2", "--json")

    now = splits("m2")
    assert {path: now[path] for path in month1} == month1
    assert sorted(now.values()).count("val") == sorted(now.values()).count("test") == 12
    document = json.loads(done.out)
    assert document["settled"]["by_place"] == 40
    assert document["settled"]["drawn"] == 20
    assert document["shares"] == {"asked": {"val": 0.2, "test": 0.2}, "off": 0.0, "least_off": 0.0}


def test_a_renamed_picture_keeps_its_split_though_its_old_place_is_gone(month1: dict[str, str], cli: Cli) -> None:
    moved = {path: f"q/{Path(path).name}" for path in month1}
    Path("q").mkdir()
    for old, new in moved.items():
        Path(old).rename(new)

    assert cli("split", listed("two.txt", lines_of(moved.values())), "--from", "m1", "-o", "m2").code == 0

    assert splits("m2") == {new: month1[old] for old, new in moved.items()}


def test_a_picture_that_left_and_came_back_is_the_old_one(month1: dict[str, str], cli: Cli) -> None:
    test = [path for path, split in month1.items() if split == "test"]
    rest = [path for path in month1 if path not in test[:4]]
    done = cli("split", listed("two.txt", lines_of(rest)), "--from", "m1", "-o", "m2")
    assert "4 rows of the earlier split no longer listed" in done.out
    for number, path in enumerate(test[:4]):
        Path(path).rename(f"p/back{number}.jpg")
    back = [f"p/back{number}.jpg" for number in range(4)]

    assert cli("split", listed("three.txt", lines_of([*rest, *back])), "--from", "m2", "-o", "m3").code == 0

    assert {splits("m3")[path] for path in back} == {"test"}


def test_copies_and_near_duplicates_of_test_pictures_are_never_trained_on(month1: dict[str, str], cli: Cli) -> None:
    test = [path for path, split in month1.items() if split == "test"]
    new = []
    for number, path in enumerate(test):
        Path(f"p/copy{number}.jpg").write_bytes(Path(path).read_bytes())
        Image.open(path).save(f"p/again{number}.jpg", quality=70)
        new += [f"p/copy{number}.jpg", f"p/again{number}.jpg"]

    done = cli("split", listed("two.txt", lines_of([*month1, *new])), "--from", "m1", "-o", "m2", "--json")

    assert {splits("m2")[path] for path in new} == {"test"}
    document = json.loads(done.out)
    assert document["settled"]["by_content"] == len(test)
    assert document["settled"]["by_look"] == len(test)
    assert document["shares"]["off"] >= document["shares"]["least_off"] > 0


def test_another_picture_at_a_settled_place_is_judged_by_what_it_shows(month1: dict[str, str], cli: Cli) -> None:
    train, test = (next(path for path, split in month1.items() if split == name) for name in ("train", "test"))
    Path(train).write_bytes(Path(test).read_bytes())

    assert cli("split", listed("two.txt", lines_of(month1)), "--from", "m1", "-o", "m2").code == 0

    assert splits("m2")[train] == "test"


def test_a_row_that_the_new_list_has_in_another_split_stays_where_it_was(month1: dict[str, str], cli: Cli) -> None:
    test = [path for path, split in month1.items() if split == "test"]
    train = [path for path, split in month1.items() if split != "test"]
    picture("p/new.jpg", 99)
    one, two = (
        listed("train.txt", lines_of([*test, *train[3:]])),
        listed("val.txt", lines_of([*train[:3], "p/new.jpg"])),
    )

    done = cli("split", one, "--split", f"val={two}", "--from", "m1", "-o", "m2")

    now = splits("m2")
    assert {path: now[path] for path in month1} == month1
    assert now["p/new.jpg"] == "val"
    assert done.code == 0


def test_groups_follow_their_settled_rows(month1: dict[str, str], cli: Cli) -> None:
    new = []
    for number, path in enumerate(month1):
        picture(f"p/{Path(path).stem}_later.jpg", 100 + number)
        new.append(f"p/{Path(path).stem}_later.jpg")
    arguments = ("--from", "m1", "--group", r"p/(\d+)[_.]")

    assert cli("split", listed("two.txt", lines_of([*month1, *new])), *arguments, "-o", "m2").code == 0

    now = splits("m2")
    assert {path: now[path] for path in new} == {
        path: month1[f"p/{Path(path).stem.removesuffix('_later')}.jpg"] for path in new
    }


def test_without_images_places_alone_are_compared_and_that_is_said(month1: dict[str, str], cli: Cli) -> None:
    done = cli("split", listed("two.txt", lines_of(month1)), "--from", "m1", "-o", "m2", "--no-images")
    assert splits("m2") == month1
    assert "images were not read" in done.out
    assert Path("m2/contents.parquet").is_file()  # what was known is not forgotten


@pytest.mark.parametrize(
    ("old", "said"), [("one.txt", "must name a data set with rows in val or test"), ("none", "must exist")]
)
def test_an_earlier_split_that_is_none_is_refused(month1: dict[str, str], cli: Cli, old: str, said: str) -> None:
    done = cli("split", "one.txt", "--from", old, "-o", "m2")
    assert done.code == 2
    assert said in done.err
    assert not Path("m2").exists()


def test_kept_contents_that_are_something_else_are_named(month1: dict[str, str], cli: Cli) -> None:
    Path("m1/contents.parquet").write_bytes(b"no table")
    done = cli("split", "one.txt", "--from", "m1", "-o", "m2")
    assert done.code == 2
    assert "contents.parquet must be as datatool wrote it" in done.err


def test_a_data_set_with_a_val_split_gets_a_test_split_too(cli: Cli) -> None:
    listed("train.txt", [f"{n}.jpg {n % 2}" for n in range(80)])
    listed("val.txt", [f"v{n}.jpg {n % 2}" for n in range(10)])
    Path("old.yaml").write_text("train: [{list: train.txt}]\nval: [{list: val.txt}]\n")
    lines = [f"{n}.jpg {n % 2}" for n in range(110)]
    arguments = ("--split", "val=val.txt", "--from", "old.yaml", "--test", 0.1, "--no-images")

    assert cli("split", listed("two.txt", lines), *arguments, "-o", "m2").code == 0

    now = splits("m2")
    assert {path for path, split in now.items() if split == "test"} <= {f"{n}.jpg" for n in range(80, 110)}
    assert list(now.values()).count("test") == 12


def test_the_bound_counts_settled_rows_that_have_no_other_place(cli: Cli) -> None:
    listed("train.txt", [f"{n}.jpg 0" for n in range(10)])
    listed("val.txt", [f"v{n}.jpg 0" for n in range(30)])
    Path("old.yaml").write_text("train: [{list: train.txt}]\nval: [{list: val.txt}]\n")
    arguments = ("--from", "old.yaml", "--val", 0.25, "--no-images", "-o", "m2", "--json")
    done = cli("split", listed("two.txt", [f"{n}.jpg 0" for n in range(30)]), "--split", "val=val.txt", *arguments)
    assert json.loads(done.out)["shares"] == {"asked": {"val": 0.25}, "off": 15.0, "least_off": 15.0}


def test_a_flat_picture_has_no_look_and_follows_nothing(month1: dict[str, str], cli: Cli) -> None:
    for level in range(6):
        buffer = io.BytesIO()
        Image.fromarray(np.full((40, 40), level, np.uint8)).save(buffer, "PNG")
        Path(f"p/flat{level}.png").write_bytes(buffer.getvalue())
    new = [f"p/flat{level}.png" for level in range(6)]
    done = cli("split", listed("two.txt", lines_of([*month1, *new])), "--from", "m1", "-o", "m2", "--json")
    assert json.loads(done.out)["settled"]["drawn"] == 6
