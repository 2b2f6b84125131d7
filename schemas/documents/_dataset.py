"""The dataset file, and its resolved form that every command works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from pydantic import Field, model_validator

from datatool.schemas.documents._base import Document

Kind: TypeAlias = str
"""What a part is: a field of `_Kinds`, and a key of `datatool.rows.READERS`, which reads it."""


class _Kinds(Document):
    """Where a part is, by its kind: one field for each."""

    list: str | None = Field(default=None, description="List text, `path label` per line; plain or gzip.")
    csv: str | None = Field(default=None, description="CSV or TSV with a header.")
    jsonl: str | None = Field(default=None, description="JSON lines, an object per line.")
    arrow: str | None = Field(default=None, description="Arrow IPC, file or stream; Feather.")
    parquet: str | None = Field(default=None, description="Parquet.")
    folder: str | None = Field(default=None, description="A folder of class folders.")
    shards: str | None = Field(default=None, description="Tar shards; `*` and `{000..012}` name several.")
    zip: str | None = Field(default=None, description="A zip of pictures that are stored in it as they are.")


KINDS: Final[tuple[Kind, ...]] = tuple(_Kinds.model_fields)


class DatasetPart(_Kinds):
    """One list, table or folder of a split; exactly one of the kinds is given."""

    root: str | None = Field(default=None, description="Where paths are opened; default: the folder of the list.")
    source: str | None = Field(default=None, description="Source of every row: real, synthetic, or any name.")
    labels: str | None = Field(default=None, description="Labels of shards: .cls, .txt, .json:KEY or folder.")

    @property
    def kind_and_path(self) -> tuple[Kind, str]:
        """The one kind that is given, and its path."""
        [given] = [(kind, path) for kind in KINDS if (path := getattr(self, kind)) is not None]
        return given

    @model_validator(mode="after")
    def _one_kind(self) -> DatasetPart:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(KINDS)}; got {given or 'none'}")
        return self


class DatasetFile(Document):
    """`dataset.yaml`: several lists and folders joined, each with its own root and source."""

    schema_: Literal["datatool.dataset/1"] = Field(default="datatool.dataset/1", alias="schema")
    names: str | None = Field(default=None, description="`id name` per line.")
    train: list[DatasetPart] = []
    val: list[DatasetPart] = []
    test: list[DatasetPart] = []
    select: list[int | str] | None = Field(default=None, description="Class names or ids to keep; null keeps all.")


@dataclass(frozen=True, kw_only=True)
class LineRule:
    """How another program reads the lines of a list, where that is followed instead of our own grammar.

    The line is stripped and split at every delimiter; the first column is the path, the second the label.
    """

    reader: str  # the program, as messages name it
    delimiter: str | None  # None: any run of blanks
    num_columns: int | None = None  # exactly; None: two or more, of which the third and later are left alone


@dataclass(frozen=True, kw_only=True)
class Part:
    """One place rows come from, with every default settled."""

    kind: Kind
    path: str  # as given; "-" is standard input
    root: Path | str  # a text where it is a URL
    split: str = "train"
    source: str | None = None  # None: from a source column or a synthetic glob, else "real"
    is_split: bool = False  # whether a user named its split: a column that names another one contradicts that
    columns: tuple[tuple[str, str], ...] = ()  # role -> name of its column, where a user named it
    spooled: Path | None = None  # the file that holds what came from memory; `path` is then only its name
    rule: LineRule | None = None  # of a list: whose reading of a line is followed; None is ours


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What a command was given, resolved: where rows come from and how ids and names are settled."""

    parts: tuple[Part, ...]
    names: Path | None = None
    found_names: Path | None = None  # the same, where nobody named it: it lies beside a list
    select: tuple[int | str, ...] | None = None
    synthetic: tuple[str, ...] = ()  # fnmatch patterns on the path as written
    file: Path | None = None  # the dataset file that says all this
    command: str = "DATASET"  # the arguments that name it on a command line, for hints
