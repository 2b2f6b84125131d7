"""One image is one image, however it is spelled."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatool.rows import open_rows, resolve
from tests.helpers.program import Cli
from tests.helpers.read_back import read_images
from tests.helpers.scenes import encode, scene

PARTS = st.lists(st.sampled_from(["a", "b", ".", "..", "", "c.jpg", "..d", "e."]), min_size=1, max_size=5)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four pictures in a folder, which is the working directory, and a link to the folder and to one of them."""
    folder = tmp_path / "data"
    folder.mkdir()
    for number, name in enumerate("abcd"):
        (folder / f"{name}.jpg").write_bytes(encode(scene(number, height=48, width=48), "jpeg"))
    (tmp_path / "linked").symlink_to("data")
    (folder / "link.jpg").symlink_to("d.jpg")
    (folder / "train.txt").write_text("a.jpg 0\nb.jpg 1\nc.jpg 0\nd.jpg 1\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def connection() -> Iterator[Any]:
    """An empty database: opening one takes longer than a query of a few rows."""
    import duckdb

    with duckdb.connect() as opened:
        yield opened


def codes(cli: Cli, *arguments: object) -> dict[str, int]:
    document = json.loads(cli("audit", *arguments, "--allow-outside-root", "--json").out)
    return {
        one["code"]: one["count"] for one in document["findings"] if one["code"] in ("E301", "W302", "E501", "E504")
    }


@pytest.mark.parametrize("images", [[], ["--images"]])
def test_a_leak_is_found_however_it_is_spelled(cli: Cli, data: Path, images: list[str]) -> None:
    (data / "val.txt").write_text(f"./a.jpg 0\n../data/b.jpg 1\n{data}/c.jpg 0\n.//d.jpg 1\n")
    (data / "plain.txt").write_text("a.jpg 0\nb.jpg 1\nc.jpg 0\nd.jpg 1\n")
    for val in ("val.txt", "../data/val.txt", f"{data}/val.txt", "../data/plain.txt", f"{data}/plain.txt"):
        assert codes(cli, "train.txt", "--split", f"val={val}", *images) == {"E501": 4}


@pytest.mark.parametrize("part", ["{list: train.txt, root: %s}", "{folder: %s}"])
def test_a_leak_through_a_root_that_is_a_link_is_found(cli: Cli, data: Path, part: str) -> None:
    for number, name in enumerate("abcd"):
        (data / f"class {number}").mkdir()
        (data / f"{name}.jpg").rename(data / f"class {number}" / "x.jpg")
    (data / "link.jpg").unlink()
    (data / "train.txt").write_text("".join(f"class {number}/x.jpg {number}\n" for number in range(4)))
    (data / "names.txt").write_text("".join(f"{number} class {number}\n" for number in range(4)))
    parts = [part % root for root in ("../data", "../linked")]
    (data / "both.yaml").write_text(f"names: names.txt\ntrain: [{parts[0]}]\nval: [{parts[1]}]\n")
    (data / "twice.yaml").write_text(f"names: names.txt\ntrain: [{', '.join(parts)}]\n")

    assert codes(cli, "both.yaml", "--images") == {"E501": 4}
    assert codes(cli, "twice.yaml", "--images") == {"W302": 4}


def test_conflicts_and_repeats_are_found_however_they_are_spelled(cli: Cli, data: Path) -> None:
    (data / "train.txt").write_text(f"a.jpg 0\n./a.jpg 1\nb.jpg 1\n../data/b.jpg 1\nc.jpg 0\n{data}/c.jpg 0\n")
    expected = {"E301": 1, "W302": 2}
    assert codes(cli, "train.txt") == expected
    assert codes(cli, "train.txt", "--images") == expected


def test_links_are_followed_where_images_are_opened(cli: Cli, data: Path) -> None:
    (data.parent / "val.txt").write_text("a.jpg 0\n")
    (data.parent / "dataset.yaml").write_text(
        "train: [{list: data/train.txt}]\nval: [{list: val.txt, root: linked}]\ntest: [{list: data/links.txt}]\n"
    )
    (data / "links.txt").write_text("link.jpg 0\n")
    assert codes(cli, "../dataset.yaml") == {}
    assert codes(cli, "../dataset.yaml", "--images") == {"E301": 1, "E501": 2}


def test_clean_removes_a_leak_that_is_spelled_otherwise(cli: Cli, data: Path) -> None:
    (data / "val.txt").write_text("./a.jpg 0\nnew.jpg 1\n")
    assert cli("clean", "train.txt", "--split", "val=../data/val.txt", "--drop", "E501", "-o", "out").code == 0
    assert (data / "out" / "val.txt").read_text() == "new.jpg 1\n"
    assert (data / "out" / "rejected.tsv").read_text().splitlines()[1:] == ["../data/val.txt\t1\tE501\t./a.jpg 0"]


def test_a_list_that_is_given_as_two_splits_loses_one_of_them(cli: Cli, data: Path) -> None:
    assert cli("clean", "train.txt", "--split", "val=train.txt", "--drop", "E501", "-o", "out").code == 0
    assert sum(read_images("out").values()) == 4
    assert len((data / "out" / "rejected.tsv").read_text().splitlines()) == 5


def test_split_puts_no_image_on_both_sides_however_it_is_spelled(cli: Cli, data: Path) -> None:
    names = [f"{number}.jpg" for number in range(40)]
    (data / "all.txt").write_text(
        "".join(f"{name} 0\n./{name} 0\n../data/{name} 0\n{data}/{name} 0\n" for name in names)
    )
    assert cli("split", "all.txt", "--val", "0.3", "--no-images", "-o", "out").code == 0
    sides: dict[str, set[str]] = {}
    for (path, _, split, _), count in read_images("out").items():
        assert count == 4
        sides.setdefault(split, set()).add(path)
    assert not sides["train"] & sides["val"]
    assert len(sides["val"]) == 12


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PARTS, min_size=1, max_size=20), st.sampled_from([["/data"], ["/data", "/data/a"]]))
def test_the_identity_of_a_path_is_its_normal_absolute_form(
    connection: Any, paths: list[list[str]], roots: list[str]
) -> None:
    import pyarrow as pa

    from datatool.rows._respelled import identity_sql

    rows = [(root, "/".join(parts).lstrip("/") + "/x.jpg") for parts in paths for root in roots]
    rows += [(root, os.path.normpath(os.path.join(root, path)).replace("//", "/")) for root, path in rows]
    table = pa.table([[root for root, _ in rows], [path for _, path in rows]], names=["root", "path"])
    connection.register("rows", table)
    found = connection.execute(f"SELECT {identity_sql(roots, respelled=True)} FROM rows").fetchall()
    assert [one for (one,) in found] == [os.path.normpath(os.path.join(*row)).replace("//", "/") for row in rows]


def test_a_path_that_leaves_its_root_or_is_spelled_otherwise_is_never_missed() -> None:
    import pyarrow as pa

    from datatool.rows._respelled import spelling_of

    for path, outside, respelled in (
        ("a/b.jpg", False, False), ("/a.jpg", True, False), ("/" + "x" * 40, True, False), ("./a.jpg", False, True),
        (".a/.b.c.jpg", False, False), ("x" * 40 + "/.b.c", False, False), (".a/.b..c.jpg", True, False),
        ("x" * 40 + "/../b.jpg", True, True), ("a//b", False, True), ("x" * 40 + "//b", False, True),
        ("a./b", False, True), ("..", True, False), ("x" * 65_500 + "./" + "y" * 99, False, True),
    ):  # fmt: skip
        batch = pa.record_batch({"path": pa.array(["plain.jpg", path, "x" * 30], pa.string_view())})
        assert spelling_of(batch) == (outside, respelled), path
    assert spelling_of(pa.record_batch({"path": pa.array([], pa.string_view())})) == (False, False)


def test_a_respelled_list_is_counted_as_a_plain_one(data: Path) -> None:
    from datatool.audit import audit

    with open_rows(resolve("train.txt")) as rows:
        plain = audit(rows)
    (data / "train.txt").write_text("./a.jpg 0\nb.jpg 1\n.//c.jpg 0\nd.jpg 1\n")
    with open_rows(resolve("train.txt")) as rows:
        assert audit(rows).counts == plain.counts
