"""Files that are no data set: each is named in one sentence, and none is read as text."""

from __future__ import annotations

import gzip
import io
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatool.errors import ConfigError, DatasetError
from datatool.rows import listed_paths, open_rows, resolve
from datatool.rows.foreign._refuse import foreign_of
from datatool.rows.foreign._seen import Seen
from datatool.runs import read_recipe
from tests.helpers.foreign_files import FILES, picture
from tests.helpers.program import Cli

Write = Callable[[str, str | bytes], Path]


def _refusal(make: Callable[[], Any]) -> str:
    with pytest.raises(DatasetError) as caught:
        make()
    return str(caught.value)


def _open(dataset: str | None, **options: Any) -> None:
    with open_rows(resolve(dataset, **options)) as rows:
        rows.read()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


READ = {name for name in FILES if ".tar" in name or name.startswith("tar ")}  # as shards, or refused as such


@pytest.mark.parametrize("name", [name for name in FILES if name not in READ])
def test_a_file_is_named_with_a_way_on_by_every_door(here: Path, name: str) -> None:
    writer, noun = FILES[name]
    writer(here / name)
    expected = f"a data set must be a list, a table or class folders; got {noun}"
    (here / "dataset.yaml").write_text(f"train: [{{list: '{name}'}}]\n")

    for said in (
        _refusal(lambda: _open(name)),
        _refusal(lambda: _open(None, splits={"val": name})),
        _refusal(lambda: _open("dataset.yaml")),
        _refusal(lambda: list(listed_paths(resolve(name)))),
    ):
        assert said.startswith(expected)
        assert f"({name}). Hint: " in said or f"{name}). Hint: " in said
        assert "\n" not in said


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "coco.json", "a.npz", "a.jpg"])
def test_what_comes_through_standard_input_is_named_too(here: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    writer, noun = FILES[name]
    writer(here / name)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((here / name).read_bytes())))

    assert f"got {noun}" in _refusal(lambda: _open("-"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit"],
        ["audit", "--images", "--json"],
        ["balance", "--strategy", "oversample", "-o", "new"],
        ["split", "--val", "0.5", "-o", "new"],
        ["relabel", "-o", "new"],
        ["clean", "--drop", "W302", "-o", "new"],
        ["prepare", "--short-side", "8", "-o", "new"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_exits_with_2_and_writes_nothing(cli: Cli, here: Path, arguments: list[str]) -> None:
    FILES["a.npz"][0](here / "my a.npz")
    result = cli(*arguments, "my a.npz")

    assert (2, "") == (result.code, result.out)
    [said] = result.err.splitlines()
    assert said.startswith(
        "error: a data set must be a list, a table or class folders; got a NumPy archive (npz) (my a.npz). Hint: "
    )
    assert sorted(path.name for path in here.iterdir()) == ["my a.npz"]


def test_the_way_on_of_an_archive_works_as_it_is_printed(cli: Cli, here: Path) -> None:
    FILES["a.tar.gz"][0](here / "set of cats.tar.gz")
    hint = _refusal(lambda: _open("set of cats.tar.gz")).partition("Hint: ")[2]
    program, *arguments = shlex.split(hint.removesuffix("."))

    assert program == "datatool"
    assert cli(*arguments).code == 0
    assert cli("audit", "DIR").code == 0


def test_names_and_recipes_that_are_something_else_are_named(here: Path, write: Write) -> None:
    write("l.txt", "a.jpg 0\n")
    picture(here / "a.jpg")
    FILES["a.npz"][0](here / "a.npz")
    (here / "a.npz").rename("recipe.yaml")
    write("names/x.txt", "0 cat\n")

    assert "names must be `id name` lines; got a picture (a.jpg)" in _refusal(lambda: _open("l.txt", names="a.jpg"))
    assert "names must be `id name` lines; got a folder of lists (names)" in _refusal(
        lambda: _open("l.txt", names="names")
    )
    with pytest.raises(ConfigError, match=r"a recipe must be a YAML file; got a NumPy archive \(npz\) \(recipe.yaml\)"):
        read_recipe("recipe.yaml")
    assert "a dataset file must be YAML; got a NumPy archive (npz)" in _refusal(lambda: _open("recipe.yaml"))


@pytest.mark.parametrize(
    "text",
    [
        "BM/a.jpg 0\n",
        "P3 4\nP1 5\n",
        "PARE/a.jpg 0\n",
        "ORC/a.jpg 0\n",
        "FEA1/a.jpg 0\n",
        "MZ/a.jpg 0\n",
        "[0].jpg 1\n",
        "[a]/b.jpg 1\n",
        "{a}.jpg 1\n",
        "{}.jpg 0\nb.jpg 1\n",
        "[[a]].jpg 1\nb.jpg 1\n",
        '["a"].jpg\t1\n',
        "<a>/b.jpg 1\n",
        "GIF89a/b.jpg 1\n",
        "0 3\n1 4\n",
        "0.jpg 0\n1.jpg 1\n",
        "0 cat\n1 dog\n2 cat\n",
        "c/a.jpg 0\n",
        "(l/a.jpg 0\n",
        "\tx.jpg 0\n",
        '{"path": "a.jpg", "label": 1}\n{"path": "b.jpg", "label": 0}\n',
        '{"path": "a.jpg", "label": 1}',
        '{"path": broken\n{"path": "b.jpg", "label": 0}\n',
        "",
        "\n",
        "a\0b.jpg 0\n",
        "path,label\na.jpg,0\n",
    ],
)
def test_text_that_begins_as_other_files_may_is_no_foreign_file(text: str) -> None:
    for head, is_packed in ((text.encode(), False), (gzip.decompress(gzip.compress(text.encode())), True)):
        seen = Seen(path=Path("l.txt"), name="l.txt", head=head, is_packed=is_packed)
        assert foreign_of(seen) is None


_LINE = st.builds(
    "{} {}".format,
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20).map(
        "{}.jpg".format
    ),
    st.integers(0, 99),
)


@given(st.lists(_LINE, min_size=1, max_size=30), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
def test_no_list_of_pictures_is_a_foreign_file(lines: list[str], encoding: str) -> None:
    head = "\n".join(lines).encode(encoding)
    assert foreign_of(Seen(path=Path("l.txt"), name="l.txt", head=head, is_packed=False)) is None


def test_a_table_under_another_name_is_still_a_table(write: Write, here: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"path": ["a.jpg"], "label": [0]}), here / "table.dat")
    _open("table.dat")
    (here / "dataset.yaml").write_text("train: [{list: table.dat}]\n")
    assert "got Parquet (" in _refusal(lambda: _open("dataset.yaml"))


def test_what_is_packed_is_unpacked_first(write: Write) -> None:
    file = write("a b.gz", gzip.compress(b"SQLite format 3\0" + bytes(100)))
    expected = f"SQLite database, packed by gzip ({file}). Hint: unpack it with gzip --decompress --keep '{file}'"
    assert expected in _refusal(lambda: _open(str(file)))


def test_a_number_longer_than_python_converts_is_no_name(cli: Cli, here: Path) -> None:
    """Python refuses to read more than 4,300 digits as a number."""
    (here / "names.txt").write_text(f"{'9' * 5_000} cat\n0 dog\n")
    done = cli("audit", here / "names.txt")
    assert "internal error" not in done.err
