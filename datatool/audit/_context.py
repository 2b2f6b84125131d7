"""What a check is given, and how it names places."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from datatool.audit._census import Census, Images
from datatool.audit._options import AuditOptions
from datatool.rows import Rows, is_shifted
from datatool.schemas import ConfigError, DriftComparison, ImageStatistics, and_more, arrow_array

MAP: Final = "map.json"
_SHOWN: Final = 5  # classes named in a message


@dataclass(frozen=True, kw_only=True)
class Context:
    """Rows, their census and the options.

    Attributes:
        rows: The data set.
        census: Its counts.
        options: Of the audit.
        images: What was measured, where images were read.
        told_apart: What tells images apart; None is their paths.
        drift: What changed since the baseline and is no finding.
    """

    rows: Rows
    census: Census
    options: AuditOptions
    images: ImageStatistics | None = None
    told_apart: Images | None = None
    drift: Sequence[DriftComparison] = ()

    def query(self, sql: str, /) -> list[tuple[Any, ...]]:
        """Result of a query over ``$rows``, every part in turn, or over faults, words, notes and `repeats`."""
        if "$rows" in sql:
            return [row for relation in self.rows.scan(sql) for row in relation.fetchall()]
        found: list[tuple[Any, ...]] = self.rows.remarks.execute(sql).fetchall()
        return found

    @cached_property
    def repeats(self) -> str:
        """Name of a table of the rows whose image is listed more than once; ``identity`` tells images apart."""
        import pyarrow as pa

        connection = self.rows.remarks
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE repeats (identity VARCHAR, path VARCHAR, label BIGINT, split split_enum, "
            "file file_enum, line BIGINT)"
        )
        if self.census.repeated is not None and len(self.census.repeated):
            images = self.told_apart or Images.by_path(self.rows)
            connection.register("repeated_keys", pa.table([arrow_array(self.census.repeated)], names=["key"]))
            for _ in self.rows.scan(
                f"INSERT INTO repeats SELECT {images.identity}, path, label, split, file, line FROM {images.relation} "
                f"WHERE hash({images.identity}) IN (SELECT key FROM repeated_keys)",
                lines=self.census.repeated_lines,
            ):
                pass
            connection.unregister("repeated_keys")
        return "repeats"

    def fix(self, command: str, options: str, /, *, grouped: bool = False) -> str:
        """The command line that repairs this data set; ``grouped`` names what rows are grouped by too."""
        groups = f"{shlex.join(self.options.grouping.words)} " if grouped else ""
        return f"datatool {command} {self.rows.dataset.command} {groups}{options}"

    @property
    def names_file(self) -> str:
        """The file that names come from; empty where class folders give them."""
        dataset = self.rows.dataset
        return str(dataset.names or dataset.found_names or "")

    @cached_property
    def reserved(self) -> dict[int, str]:
        """Ids without a row that `map.json` beside the dataset file gives to a class, with its old label."""
        file = self.rows.dataset.file
        if file is None or not (file.parent / MAP).is_file():
            return {}
        from datatool.schemas import load_map

        try:
            inverse = load_map(file.parent / MAP).inverse
        except ConfigError:  # a file of another program that is called so
            return {}
        present = set(self.census.ids)
        return {label: str(name) for label, name in sorted(inverse.items()) if label not in present}

    @cached_property
    def class_names(self) -> list[str]:
        """Every name of a class there is, sorted: of names files, of class folders, and labels that are words."""
        words = [word for (word,) in self.query("SELECT DISTINCT word FROM words")]
        return sorted({*(self.rows.names or {}).values(), *words})

    @cached_property
    def names_are_shifted(self) -> bool:
        """Whether names are numbered from 1 and ids from 0, or the other way round."""
        ids, names = self.census.ids, self.rows.names
        return bool(ids and names) and not self.rows.folder_classes and is_shifted(names or (), ids[0], ids[-1])

    def class_name(self, label: int, /) -> str:
        """An id, with its name where there is one."""
        name = (self.rows.names or {}).get(label)
        return str(label) if name is None else f"{label} ({name})"

    def class_label(self, label: int, /) -> str:
        """An id, with its name where there is one, as pictures have it."""
        name = (self.rows.names or {}).get(label)
        return f"class {label}" if name is None else f"{label} {name}"

    def class_list(self, labels: Sequence[int], /) -> str:
        """The first few classes by name."""
        return and_more([self.class_name(label) for label in labels[:_SHOWN]], len(labels))
