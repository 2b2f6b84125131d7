"""`datatool.read` takes what people hold: the rows are the same whatever they come in."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import datatool
from datatool.errors import DatasetError
from tests.helpers.containers import write_tar
from tests.helpers.pictures import jpeg

PATHS = ["a/0.jpg", "b c.png", "ü.jpg", "a/3.jpg", "4.webp"]
LABELS = [0, 1, 1, 2, 0]
ROWS = [(path, label, "real", "train", line) for line, (path, label) in enumerate(zip(PATHS, LABELS, strict=True), 1)]
Make = Callable[[list[str], list[int]], Any]


def _pandas(paths: list[str], labels: list[int]) -> Any:
    return pytest.importorskip("pandas").DataFrame({"image_id": paths, "class": labels, "width": [1.5] * len(paths)})


def _objects(paths: list[str], labels: list[int]) -> Any:
    """Columns that Arrow has no type for: `Path` objects, labels of several kinds, and one that does not matter."""
    pandas = pytest.importorskip("pandas")
    mixed = [str(label) if place % 2 else label for place, label in enumerate(labels)]
    odd = [object(), *["text"] * (len(paths) - 1)]
    return pandas.DataFrame({"path": [Path(path) for path in paths], "label": mixed, "odd": odd, 0: odd})


def _polars(paths: list[str], labels: list[int]) -> Any:
    return pytest.importorskip("polars").DataFrame({"file_name": paths, "label": labels})


def _arrow(paths: list[str], labels: list[int]) -> Any:
    import pyarrow as pa

    return pa.table({"path": pa.array(paths).dictionary_encode(), "label": pa.array(labels, pa.int16())})


def _duckdb(paths: list[str], labels: list[int]) -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (path VARCHAR, label INTEGER)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", list(zip(paths, labels, strict=True)))
    return connection.sql("SELECT * FROM t")


def _hugging_face(paths: list[str], labels: list[int]) -> Any:
    datasets = pytest.importorskip("datasets")
    found = datasets.Dataset.from_dict({"path": paths[::-1], "label": labels[::-1]})
    return found.select(range(len(paths) - 1, -1, -1))  # indices over a table that is in another order


SOURCES: dict[str, Make] = {
    "lists": lambda paths, labels: (paths, labels),
    "tuples": lambda paths, labels: (tuple(paths), tuple(labels)),
    "paths": lambda paths, labels: ([Path(path) for path in paths], labels),
    "numpy": lambda paths, labels: (np.array(paths), np.array(labels, np.int32)),
    "numpy objects": lambda paths, labels: (np.array([Path(path) for path in paths], object), np.array(labels)),
    "numpy bytes": lambda paths, labels: (np.array([path.encode() for path in paths]), np.array(labels, np.uint64)),
    "a frame of objects": _objects,
    "generators": lambda paths, labels: (iter(paths), iter(labels)),
    "a dict": lambda paths, labels: {"path": paths, "label": np.array(labels)},
    "pandas": _pandas,
    "pandas series": lambda paths, labels: (_pandas(paths, labels)["image_id"], _pandas(paths, labels)["class"]),
    "polars": _polars,
    "polars series": lambda paths, labels: (_polars(paths, labels)["file_name"], _polars(paths, labels)["label"]),
    "arrow": _arrow,
    "arrow reader": lambda paths, labels: _arrow(paths, labels).to_reader(max_chunksize=2),
    "duckdb": _duckdb,
    "hugging face": _hugging_face,
}


def rows_of(data: datatool.Data) -> list[tuple[Any, ...]]:
    table = data.to_arrow().select(["path", "label", "source", "split", "line"])
    return [tuple(row.values()) for row in table.to_pylist()]


def codes(data: datatool.Data) -> list[tuple[str, int]]:
    """Findings, without those on how small a data set is."""
    return [(found.code, found.count) for found in data.audit().findings if found.code != "I702"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", SOURCES)
def test_rows_are_those_of_what_was_given(name: str, here: Path) -> None:
    data = datatool.read(SOURCES[name](PATHS, LABELS))

    assert ROWS == rows_of(data)
    assert {(str(here), "<memory>")} == {(row["root"], row["file"]) for row in data.to_arrow().to_pylist()}


def test_rows_as_a_table_have_the_types_that_are_promised(here: Path) -> None:
    schema = datatool.read((PATHS, LABELS)).to_arrow().schema

    assert [str(schema.field(name).type) for name in ("path", "label", "line")] == ["large_string", "int64", "int64"]


@settings(max_examples=8)  # each makes nine audits
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp", "Cf"]), min_size=1),
            st.integers(0, 9),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_way_gives_the_rows_and_the_audit_of_the_same_list(rows: list[tuple[str, int]]) -> None:
    paths, labels = [f"{path}.jpg" for path, _ in rows], [label for _, label in rows]
    Path("l.tsv").write_text(
        "path\tlabel\n"
        + "".join(
            f'"{path.replace(chr(34), chr(34) * 2)}"\t{label}\n' for path, label in zip(paths, labels, strict=True)
        ),
        encoding="utf-8",
    )
    expected = [row[:4] for row in rows_of(datatool.read("l.tsv"))]
    document = datatool.read("l.tsv").audit(allow_outside_root=True).document

    for name in ("lists", "numpy objects", "arrow", "polars"):
        data = datatool.read(SOURCES[name](paths, labels))
        made = data.audit().document
        assert expected == [row[:4] for row in rows_of(data)]
        assert [(one.code, one.count) for one in document.findings] == [(one.code, one.count) for one in made.findings]
        assert (document.class_num, document.counts) == (made.class_num, made.counts)


def test_a_path_is_read_as_the_commands_read_it(here: Path) -> None:
    (here / "l.txt").write_text("a.jpg 0\nb.jpg 3\n")
    for source in ("l.txt", Path("l.txt"), here / "l.txt"):
        assert [("a.jpg", 0, "real", "train", 1), ("b.jpg", 3, "real", "train", 2)] == rows_of(datatool.read(source))


def test_options_are_those_of_the_commands(here: Path) -> None:
    (here / "names.txt").write_text("0 cat\n1 dog\n2 owl\n")
    table = {"photo": ["synth/a.jpg", "b.jpg"], "kind": [0, 1], "origin": [None, "studio"], "fold": ["dev", "train"]}
    data = datatool.read(
        table,
        root="pictures",
        names="names.txt",
        synthetic="synth/*",
        path_column="photo",
        label_column="kind",
        source_column="origin",
        split_column="fold",
    )
    assert [("synth/a.jpg", 0, "synthetic", "val", 1), ("b.jpg", 1, "studio", "train", 2)] == rows_of(data)
    assert 3 == data.audit().class_num
    assert {"pictures"} == {row["root"] for row in data.to_arrow().to_pylist()}


@pytest.mark.parametrize(
    "names", [["cat", "dog", "tree frog"], ("cat", "dog", "tree frog"), {0: "cat", 2: "tree frog"}]
)
def test_names_may_be_given_as_they_are(names: Any) -> None:
    report = datatool.read((["a.jpg"], [0]), names=names).audit()
    assert 3 == report.class_num
    assert report.names is not None
    assert "tree frog" == report.names[2]


def test_names_that_lie_in_the_current_folder_are_not_taken_for_those_of_memory(here: Path) -> None:
    (here / "label_list.txt").write_text("0 cat\n1 dog\n")
    assert datatool.read((["a.jpg"], [0])).audit().names is None


def test_splits_come_from_a_mapping_or_from_an_option(here: Path) -> None:
    (here / "val.txt").write_text("v.jpg 1\n")
    expected = [("a.jpg", 0, "real", "train", 1), ("v.jpg", 1, "real", "val", 1)]
    train = (["a.jpg"], [0])

    assert expected == rows_of(datatool.read(train, split={"val": "val.txt"}))
    assert expected == rows_of(datatool.read({"train": train, "validation": (["v.jpg"], [1])}))
    assert expected[1:] == rows_of(datatool.read(split={"val": (["v.jpg"], [1])}))
    with pytest.raises(DatasetError, match="train must be given once"):
        datatool.read(train, split={"train": train})
    with pytest.raises(DatasetError, match="a split must be given once; got 'val' twice"):
        datatool.read({"val": train}, split={"val": train})
    with pytest.raises(DatasetError, match="split must be train, val or test; got 'extra'"):
        datatool.read({"extra": train})


def test_a_dataset_dict_gives_its_splits() -> None:
    datasets = pytest.importorskip("datasets")
    one = {"path": ["a.jpg"], "label": [0]}
    found = datasets.DatasetDict(train=datasets.Dataset.from_dict(one), test=datasets.Dataset.from_dict(one))
    assert [("a.jpg", 0, "real", "test", 1), ("a.jpg", 0, "real", "train", 1)] == sorted(
        rows_of(datatool.read(found)), key=lambda row: row[3]
    )


def test_findings_name_the_row_in_memory() -> None:
    report = datatool.read((["a.jpg", "", "b.jpg"], [0, 1, -3])).audit()
    places = {finding.code: finding.examples[0] for finding in report.findings if finding.severity == "error"}
    assert ("<memory>", 2) == (places["E101"].file, places["E101"].line)
    assert ("<memory>", 3) == (places["E103"].file, places["E103"].line)


def test_absolute_paths_in_memory_are_no_finding_unless_a_root_is_given(here: Path) -> None:
    source = ([str(here / "a.jpg")], [0])
    codes = [[one.code for one in datatool.read(source, root=root).audit().findings] for root in (None, "other")]
    assert "E108" not in codes[0]
    assert "E108" in codes[1]
    strict = datatool.read(source).audit(allow_outside_root=False)
    assert "E108" in [one.code for one in strict.findings]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "a data set must be given; got none"),
        ("", "a data set must be named; got an empty name.*Hint: this folder is called"),
        ("nowhere.txt", "data set must exist; got 'nowhere.txt'"),
        (3, r"a data set in memory must be \(paths, labels\), a table or a Hugging Face data set; got int"),
        (["a.jpg", "b.jpg"], "a data set in memory must be .*; got list.*Hint: datatool.read"),
        (("a.jpg", 3), "a data set in memory must be .*; got tuple"),
        ((["a.jpg"], [0, 1]), "paths and labels must be as many; got 1 and 2"),
        ((np.zeros((2, 2)), [0, 1]), r"paths must have one dimension; got numpy.ndarray of shape \(2, 2\)"),
        ((["a.jpg"], [np.zeros(3)]), "'label' must hold text or numbers; got numpy.ndarray of shape"),
        ((["a.jpg"], 0), "labels must be a list or an array; got int"),
        ((["a.jpg"], [object()]), "'label' must hold text or numbers; got object"),
        ({"path": ["a.jpg"], "label": []}, "columns must be as long as each other; got 1 in path, 0 in label"),
        ({}, "a data set in memory must be .*; got dict"),
        (({"a.jpg", "b.jpg"}, [0, 1]), "paths must be a list or an array; got set"),
        ((["\ud800.jpg"], [0]), "a table in memory must hold plain values; got"),
    ],
)
def test_what_is_no_data_set_is_said_in_a_sentence(source: Any, message: str) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        datatool.read(source)
    assert "\n" not in str(caught.value)


def test_repeated_names_of_a_frame_are_a_sentence() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DatasetError, match=r"must have different names; got 'label' twice.*Hint: for pandas"):
        datatool.read(pandas.DataFrame([["a.jpg", 0, 1]], columns=["path", "label", "label"]))


def test_a_frame_without_rows_is_an_empty_data_set() -> None:
    pandas = pytest.importorskip("pandas")
    assert [("E105", 1)] == codes(datatool.read(pandas.DataFrame({"path": [], "label": []})))


def test_labels_that_no_integer_of_a_machine_holds_are_findings() -> None:
    assert ("E104", 1) in codes(datatool.read((["a.jpg", "b.jpg"], [0, 2**70])))
    assert ("E104", 1) in codes(datatool.read((["a.jpg", "b.jpg"], np.array([0, 2**64 - 1], np.uint64))))


def test_missing_labels_of_pandas_are_missing() -> None:
    pandas = pytest.importorskip("pandas")
    labels = pandas.Series([0, None, 1], dtype="Int64")
    assert ("E101", 1) in codes(datatool.read((PATHS[:3], labels)))


@pytest.mark.parametrize("kind", ["Categorical", "Enum"])
def test_categories_of_polars_are_classes(kind: str) -> None:
    polars = pytest.importorskip("polars")
    type_ = polars.Categorical if kind == "Categorical" else polars.Enum(["dog", "cat"])
    table = polars.DataFrame({"path": ["a.jpg", "b.jpg"], "label": ["dog", "cat"]}, schema_overrides={"label": type_})
    assert {0: "cat", 1: "dog"} == datatool.read(table).audit().names


def test_images_in_memory_are_rows_though_they_have_no_place_in_a_file() -> None:
    """A place in the file that they are kept in is said only where their bytes lie there as they are."""
    images = [jpeg(1), jpeg(2)]
    table = datatool.read({"image": images, "label": [0, 1]}).to_arrow()
    assert [0, 1] == table.column("label").to_pylist()


def test_columns_that_do_not_tell_are_said_with_the_way_on() -> None:
    with pytest.raises(DatasetError, match=r"must have one for the path; got 'photo, label' \(<memory>\)"):
        datatool.read({"photo": ["a.jpg"], "label": [0]}).audit()


def test_columns_that_no_file_can_hold_do_not_matter() -> None:
    import pyarrow as pa

    table = pa.table(
        {
            "path": ["a.jpg"],
            "label": [0],
            "boxes": [[[1, 2]]],
            "when": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        }
    )
    assert [("a.jpg", 0, "real", "train", 1)] == rows_of(datatool.read(table))


def test_a_foreign_file_is_named_as_on_the_command_line(here: Path) -> None:
    np.savez(here / "a.npz", images=np.zeros(3))
    with pytest.raises(DatasetError, match="got a NumPy archive"):
        datatool.read("a.npz").audit()


def test_a_data_set_is_not_read_twice() -> None:
    with pytest.raises(DatasetError, match="got one that was read already"):
        datatool.read(datatool.read((["a.jpg"], [0])))


def test_temporary_files_live_as_long_as_what_needs_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")
    before, tempfile.tempdir = tempfile.tempdir, str(home)
    try:
        report = datatool.read((["a.jpg", "b.jpg"], [0, 0])).audit()  # the data set is gone, its rows are not
        gc.collect()
        assert 1 == report.to_arrow().num_rows
        [train, _] = datatool.read((["a.jpg", "b.jpg", "c.jpg"], [0, 0, 0])).split(val=0.4, images=False)
        gc.collect()
        assert 2 == len(rows_of(train))
        del report, train, _
        gc.collect()
        assert [] == os.listdir(home)
    finally:
        tempfile.tempdir = before


def test_a_hugging_face_data_set_brings_its_names_and_its_images() -> None:
    datasets = pytest.importorskip("datasets")
    from PIL import Image

    pictures = [Image.fromarray(np.full((9, 9, 3), 20 * number, np.uint8)) for number in range(4)]
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "tree frog", "owl"])}
    )
    columns = {"image": [*pictures, pictures[0]], "label": [0, 1, 1, 0, 1]}
    data = datatool.read(datasets.Dataset.from_dict(columns, features=features))
    report = data.audit(images=True)

    assert {0: "cat", 1: "tree frog", 2: "owl"} == report.names
    assert report.document.images is not None
    assert (5, {"png": 5}) == (report.document.images.files, report.document.images.formats)
    assert "E504" in [finding.code for finding in report.findings]  # one picture, two classes
    with pytest.raises(DatasetError, match="must lie in files or shards to be trained on; got those of a table in mem"):
        data.balance("oversample", skip_faulty=True)
    with pytest.raises(DatasetError, match="lists must name images that stay where they are; got those of a table in"):
        data.split(val=0.4, out="split")
    train, val = data.split(val=0.4)
    assert 5 == train.audit(images=True).rows + val.audit(images=True).rows


def test_class_names_in_a_table_are_classes() -> None:
    for labels in (["cat", "owl", "cat"], np.array(["cat", "owl", "cat"])):
        report = datatool.read((["a.jpg", "b.jpg", "c.jpg"], labels)).audit()
        assert ({0: "cat", 1: "owl"}, 2) == (report.names, report.class_num)


def test_rows_say_where_their_bytes_lie_in_a_container(tmp_path: Path) -> None:
    held = {"a/0.jpg": b"first", "b/1.jpg": b"second one"}
    tar = write_tar(tmp_path / "s.tar", held)
    (tmp_path / "l.txt").write_text("c.jpg 1\n")
    (tmp_path / "names.txt").write_text("0 a\n1 b\n")
    (tmp_path / "d.yaml").write_text(
        "schema: datatool.dataset/1\nnames: names.txt\ntrain: [{list: l.txt}, {shards: s.tar}]\n"
    )
    rows = {row["path"]: row for row in datatool.read(tmp_path / "d.yaml").to_arrow().to_pylist()}
    for path, content in held.items():
        row = rows[path]
        assert (row["container"], row["length"]) == (str(tar), len(content))
        assert tar.read_bytes()[row["offset"] :].startswith(content)
    assert [rows["c.jpg"][name] for name in ("container", "offset", "length")] == [None] * 3
    assert "container" not in datatool.read(tmp_path / "l.txt").to_arrow().column_names
