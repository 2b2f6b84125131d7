"""Names of classes in tables, and the ids they get."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datatool.errors import DatasetError
from datatool.rows import open_rows, resolve

Write = Callable[[str, str | bytes], Path]
Read = Callable[..., list[tuple[Any, ...]]]
NAMED = "path,label\na.jpg,dog\nb.jpg,cat\nc.jpg,dog\n"


def pairs(path: object, **options: Any) -> list[tuple[Any, ...]]:
    """Path and class name of each row."""
    with open_rows(resolve(str(path), **options)) as rows:
        found = rows.read().execute("SELECT path, label FROM rows ORDER BY file, line").fetchall()
        return [(path, (rows.names or {})[label]) for path, label in found]


def faults(path: object, **options: Any) -> list[tuple[Any, ...]]:
    with open_rows(resolve(str(path), **options)) as rows:
        found: list[tuple[Any, ...]] = (
            rows.read().execute("SELECT code, line, reason FROM faults ORDER BY 2").fetchall()
        )
    return found


def test_sorted_names_are_ids_over_all_splits_and_stated(write: Write, read: Read) -> None:
    train, val = write("t.csv", NAMED), write("v.csv", "path,label\nx.jpg,bird\ny.jpg,dog\n")
    found = read(train, splits={"val": str(val)})
    assert [row[:2] for row in found] == [("a.jpg", 2), ("b.jpg", 1), ("c.jpg", 2), ("x.jpg", 0), ("y.jpg", 2)]
    with open_rows(resolve(str(train), splits={"val": str(val)})) as rows:
        assert rows.stated[0] == "ids from the sorted class names: 0 bird, 1 cat, 2 dog"
        assert rows.sorted_names == "class"


def test_a_names_file_gives_the_ids_and_a_name_without_one_is_a_fault(write: Write, read: Read) -> None:
    path, names = write("t.csv", NAMED + "d.jpg,dgo\n"), write("names.txt", "7 dog\n3 cat\n")
    assert [row[1] for row in read(path, names=names)] == [7, 3, 7]
    assert faults(path, names=names) == [("E102", 5, "class 'dgo' has no id in the names file; did you mean 'dog'?")]


def test_a_names_file_found_beside_the_table_gives_them_too(write: Write, read: Read) -> None:
    write("classes.txt", "fox\ndog\ncat\n")
    path = write("t.csv", NAMED)
    assert [row[1] for row in read(path)] == [1, 2, 1]
    with open_rows(resolve(str(path))) as rows:
        assert rows.stated[0].startswith("class names from ")
        assert rows.sorted_names is None


def test_a_class_feature_names_the_ids_of_its_column(tmp_path: Path) -> None:
    info = {"info": {"features": {"label": {"names": ["cat", "dog", "fox"], "_type": "ClassLabel"}}}}
    table = pa.table({"path": ["a", "b"], "label": [1, 0]}).replace_schema_metadata({"huggingface": json.dumps(info)})
    pq.write_table(table, tmp_path / "a.parquet")
    assert pairs(tmp_path / "a.parquet") == [("a", "dog"), ("b", "cat")]
    with open_rows(resolve(str(tmp_path / "a.parquet"))) as rows:
        rows.read()
        assert rows.class_num(0, 1) == 2  # a name without rows that nobody gave counts for no class


def test_names_joined_to_ids_are_refused_without_a_names_file(write: Write, read: Read) -> None:
    named, ids = write("t.csv", NAMED), write("v.csv", "path,label\nx.jpg,0\n")
    with pytest.raises(DatasetError, match=r"joined to labels that are ids.*t.csv' beside .*v.csv'.*--names FILE"):
        read(named, splits={"val": str(ids)})
    names = write("names.txt", "0 cat\n1 dog\n")
    assert [row[1] for row in read(named, splits={"val": str(ids)}, names=names)] == [1, 0, 1, 0]


def test_a_few_words_among_ids_are_faults_and_integers_among_names_are_names(write: Write, read: Read) -> None:
    assert faults(write("a.csv", "path,label\na,0\nb,1\nc,cat\n")) == [("E102", 4, "label 'cat' is a word")]
    assert pairs(write("b.csv", "path,label\na,cat\nb,3\nc,dog\n")) == [("a", "cat"), ("b", "3"), ("c", "dog")]


def test_paths_and_json_in_the_label_column_are_no_classes(write: Write) -> None:
    found = faults(write("a.csv", "path,label\na.jpg,masks/a.png\nb.jpg,masks/b.png\n"))
    assert [(code, line) for code, line, _ in found] == [("E102", 2), ("E102", 3)]


def test_a_class_named_as_a_missing_value_is_told_with_its_row(write: Write) -> None:
    from datatool.audit import audit

    with open_rows(resolve(str(write("a.csv", "path,label\na.jpg,cat\nb.jpg,nan\nc.jpg,cat\n")))) as rows:
        [found] = [finding for finding in audit(rows).findings if finding.code == "W209"]
    assert [(example.line, example.text) for example in found.examples] == [(3, "b.jpg nan")]


def test_truth_values_are_two_classes(tmp_path: Path) -> None:
    pq.write_table(pa.table({"path": ["a", "b"], "label": [True, False]}), tmp_path / "a.parquet")
    assert pairs(tmp_path / "a.parquet") == [("a", "true"), ("b", "false")]


def test_text_for_which_an_integer_is_missing_stays_list_text(write: Write) -> None:
    with open_rows(resolve(str(write("a.txt", "a.jpg cat\nb.jpg dog\n")))) as rows:
        assert rows.read().execute("SELECT count(*) FROM words").fetchall() == [(2,)]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_header_that_is_not_one_of_ours_never_becomes_a_row(write: Write, read: Read, name: str) -> None:
    mark = "," if name == "a.csv" else "\t"
    text = "".join(f"{mark.join(row)}\n" for row in (("id", "breed"), ("000bec", "boxer"), ("001513", "pug")))
    with pytest.raises(DatasetError, match=r"must have one for the path; got 'id, breed'.*--path-column"):
        read(write(name, text))
    found = read(write(name, text), columns={"path": "id", "label": "breed"})
    assert [row[:2] for row in found] == [("000bec", 0), ("001513", 1)]


def test_a_table_without_a_header_stays_list_text(write: Write) -> None:
    with open_rows(resolve(str(write("a.csv", "0001,cat\n0002,cat\n0003,dog\n")))) as rows:
        assert rows.read().execute("SELECT count(*) FROM words").fetchall() == [(3,)]
