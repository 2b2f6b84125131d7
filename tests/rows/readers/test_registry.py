"""What the table of readers promises: who takes what, and that dataset files know the same kinds."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from datatool.rows import READERS, Reader, readers
from datatool.rows.readers import Given, kind_of
from datatool.schemas import KINDS


def _written() -> Iterator[Reader]:
    """Every reader that a file of the folder holds."""
    for module in pkgutil.iter_modules(readers.__path__):
        values = vars(importlib.import_module(f"datatool.rows.readers.{module.name}")).values()
        yield from (one for one in values if isinstance(one, Reader))


def test_every_reader_of_the_folder_is_in_the_table_once_and_in_dataset_files() -> None:
    assert Counter(reader.kind for reader in _written()) == Counter(READERS.keys())
    assert tuple(READERS) == KINDS


@pytest.mark.parametrize(
    ("path", "head", "kind"),
    [
        ("a.txt", b"x.jpg 0\n", "list"),
        ("a.csv", b"path,label\nx.jpg,0\n", "csv"),
        ("a.CSV.gz", b"label;Path\r\n0;x.jpg\r\n", "csv"),
        ("a.tsv", b"\xef\xbb\xbfpath\tlabel", "csv"),
        ("a.txt", b"path,label\nx.jpg,0\n", "list"),
        ("a.csv", b"x.jpg,0\n", "list"),
        ("a.csv", b"path,path,label\n", "csv"),
        ("a.csv", b"", "list"),
        ("a.csv", b"PAR1", "parquet"),
        ("a.parquet", b"PAR", "list"),
    ],
)
def test_a_file_is_told_by_its_first_bytes_and_its_name(path: str, head: bytes, kind: str) -> None:
    assert kind_of(Given(path=Path(path), is_folder=False, head=head)) == kind


def test_a_folder_is_one_whatever_its_name() -> None:
    assert kind_of(Given(path=Path("a.csv"), is_folder=True, head=b"")) == "folder"
