from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from datatool.errors import ConfigError, DatasetError
from datatool.prepare import prepare
from datatool.rows import open_rows, resolve
from datatool.schemas import PrepareDocument
from tests.helpers.pictures import encode, jpeg, pixels, turned
from tests.helpers.program import Cli

Run = Callable[..., PrepareDocument]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six images: large, small, turned, PNG large and small, and one in a folder above."""
    folder = tmp_path / "data"
    (folder / "in").mkdir(parents=True)
    files = {
        "in/large.jpg": jpeg(1, width=400, height=200),
        "in/small.jpg": jpeg(2, width=90, height=60),
        "turned.jpg": turned(jpeg(3, width=400, height=200), 6),
        "large.png": encode(pixels(4, width=150, height=300), ".png"),
        "small.png": encode(pixels(5, width=40, height=40), ".png"),
        "synth.jpg": jpeg(6, width=300, height=200),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (tmp_path / "above.jpg").write_bytes(jpeg(7))
    (folder / "train.txt").write_text(
        "in/large.jpg 0\nin/small.jpg 1\nturned.jpg 1\nlarge.png 0\nsmall.png 2\nsynth.jpg 2\nin/large.jpg 0\n"
    )
    (folder / "val.txt").write_text("../above.jpg 2\n")
    return folder


def run(data: Path, out: Path, **options: Any) -> PrepareDocument:
    dataset = resolve(str(data / "train.txt"), splits={"val": str(data / "val.txt")}, synthetic=["synth*"])
    with open_rows(dataset) as rows:
        return prepare(rows, out=out, **{"short_side": 100, "num_threads": 2, **options})


def size(path: Path) -> tuple[int, int]:
    image = cv2.imread(str(path))
    assert image is not None
    return image.shape[1], image.shape[0]


def read(dataset: str) -> list[tuple[Any, ...]]:
    with open_rows(resolve(dataset)) as rows:
        found: list[tuple[Any, ...]] = (
            rows.read().execute("SELECT path, label, source::VARCHAR, split::VARCHAR FROM rows").fetchall()
        )
    return found


def test_large_images_are_shrunk_upright_and_small_ones_copied(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "small"
    document = run(data, out)
    images = out / "images"
    assert size(images / "in/large.jpg") == (200, 100)
    assert size(images / "turned.jpg") == (100, 200)
    assert size(images / "large.png.100px.jpg") == (100, 200)
    assert (images / "in/small.jpg").read_bytes() == (data / "in/small.jpg").read_bytes()
    assert (images / "small.png").read_bytes() == (data / "small.png").read_bytes()
    assert (document.files, document.shrunk, document.copied, document.rejected) == (7, 5, 2, 0)
    assert document.bytes_after < document.bytes_before
    assert document.decode_ms_before is not None
    assert PrepareDocument.model_validate(json.loads((out / "prepare.json").read_text())) == document


def test_the_new_data_set_has_the_rows_of_the_old(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "small"
    assert run(data, out).rows == 8
    rows = read(str(out / "dataset.yaml"))
    assert rows[:6] == [
        ("images/in/large.jpg", 0, "real", "train"),
        ("images/in/small.jpg", 1, "real", "train"),
        ("images/turned.jpg", 1, "real", "train"),
        ("images/large.png.100px.jpg", 0, "real", "train"),
        ("images/small.png", 2, "real", "train"),
        ("images/in/large.jpg", 0, "real", "train"),
    ]
    assert ("images/synth.jpg", 2, "synthetic", "train") in rows
    (outside,) = [path for path, _, _, split in rows if split == "val"]
    assert size(out / outside) == (150, 100)
    assert (out / outside).resolve().is_relative_to(out.resolve())


def test_an_interrupted_run_goes_on_where_it_was(data: Path, tmp_path: Path) -> None:
    out, seen = tmp_path / "small", []

    def stop() -> None:
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(data, out, on_copy=stop)
    assert not PrepareDocument.model_validate(json.loads((out / "prepare.json").read_text())).complete
    assert not (out / "dataset.yaml").exists()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.jpg")}
    document = run(data, out)
    assert document.kept >= 3
    assert document.kept + document.shrunk + document.copied == 7
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert run(data, tmp_path / "at_once").model_dump(include={"files", "rows", "bytes_after"}) == document.model_dump(
        include={"files", "rows", "bytes_after"}
    )


def test_an_original_that_changed_is_copied_again(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "small"
    run(data, out)
    (data / "in/large.jpg").write_bytes(jpeg(9, width=800, height=200))
    later = (out / "images/in/large.jpg").stat().st_mtime + 5
    os.utime(data / "in/large.jpg", (later, later))
    assert run(data, out).shrunk == 1
    assert size(out / "images/in/large.jpg") == (400, 100)


def test_unreadable_images_are_named_and_left_out(data: Path, tmp_path: Path) -> None:
    (data / "in/small.jpg").write_bytes(b"no image")
    (data / "turned.jpg").unlink()
    with pytest.raises(DatasetError, match=r"got 2 of 7, 'images/in/small\.jpg' first: no image format is recognised"):
        run(data, tmp_path / "small")
    document = run(data, tmp_path / "small", max_errors=0.5)
    assert (document.rejected, document.rows) == (2, 6)
    lines = (tmp_path / "small/rejected.tsv").read_text().splitlines()
    assert lines[0] == "file\tline\tcode\ttext\treason"
    assert [line.split("\t")[1:4] for line in lines[1:]] == [
        ["2", "E402", "in/small.jpg 1"],
        ["3", "E402", "turned.jpg 1"],
    ]
    assert all("turned" not in row[0] for row in read(str(tmp_path / "small/dataset.yaml")))


def test_other_settings_and_foreign_folders_are_refused(data: Path, tmp_path: Path) -> None:
    run(data, tmp_path / "small")
    with pytest.raises(ConfigError, match="--short-side 100 --quality 90; got 120 and 90"):
        run(data, tmp_path / "small", short_side=120)
    with pytest.raises(ConfigError, match="must be new or an earlier run's"):
        run(data, data)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"short_side": 1}, "short side must be at least 16, and a whole number; got 1"),
        ({"short_side": 64.5}, "short side must be at least 16, and a whole number; got 64.5"),
        ({"quality": 0}, "quality must be at least 1, and a whole number; got 0"),
        ({"quality": 101}, "quality must be at most 100; got 101"),
        ({"num_threads": 0}, "num threads must be at least 1, and a whole number; got 0"),
        ({"max_pixels": True}, "max pixels must be at least 1, and a whole number; got True"),
        ({"max_errors": float("nan")}, "max errors must be a share from 0 to 1; got nan"),
        ({"max_errors": 5}, "max errors must be a share from 0 to 1; got 5"),
    ],
)
def test_an_unusable_option_is_refused_before_anything_is_written(
    data: Path, tmp_path: Path, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        run(data, tmp_path / "other", **options)
    assert not (tmp_path / "other").exists()


def test_the_command_says_what_it_saves(data: Path, tmp_path: Path, cli: Cli) -> None:
    arguments = ("prepare", data / "train.txt", "--short-side", 64, "-o", tmp_path / "small")
    first = cli(*arguments)
    assert first.code == 0, first.err
    assert "6 images: 4 shrunk to a short side of 64, 2 copied" in first.out
    assert "saved" in first.out
    again = cli(*arguments, "--json")
    assert json.loads(again.out)["kept"] == 6
    refused = cli("prepare", data / "train.txt", "--short-side", 64, "-o", data)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.count("\n") == 1


def test_no_two_images_share_a_copy_and_no_image_has_two(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    names = [
        "1.png", "1.png.64px.jpg", "1.png.64px.jpg.64px.jpg", "1.PNG.64PX.JPG", "2.png.64px.jpg/2.png", "2.png", "3.jpg"
    ]  # fmt: skip
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        image = np.full((100, 100, 3), 30 * number + 20, np.uint8)
        (folder / name).write_bytes(encode(image, ".png" if name.endswith(".png") else ".jpg"))
    (tmp_path / "3.jpg").write_bytes(encode(np.full((100, 100, 3), 250, np.uint8), ".jpg"))
    (folder / "a.txt").write_text("".join(f"{name} {number}\n" for number, name in enumerate(names)))
    (folder / "b.txt").write_text(f"./3.jpg 6\n../data/3.jpg 6\n{folder}/3.jpg 6\n../3.jpg 7\n")
    (tmp_path / "c.txt").write_text("data/3.jpg 6\n3.jpg 7\n")
    (folder / "dataset.yaml").write_text("train: [{list: a.txt}, {list: b.txt}, {list: ../c.txt}]\n")
    for _ in range(2):
        with open_rows(resolve(str(folder / "dataset.yaml"))) as rows:
            done = prepare(rows, short_side=64, out=tmp_path / "out", num_threads=2)
        assert (done.rows, done.files) == (13, 8)
    copies: dict[int, set[str]] = {}
    for path, label, _, _ in read(str(tmp_path / "out" / "dataset.yaml")):
        copies.setdefault(label, set()).add(path)
    assert {label: len(paths) for label, paths in copies.items()} == dict.fromkeys(range(8), 1)
    for label, [path] in copies.items():
        copied = cv2.imread(str(tmp_path / "out" / path))
        assert copied is not None
        assert abs(int(copied.mean()) - (250 if label == 7 else 30 * label + 20)) <= 2
