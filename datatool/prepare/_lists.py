"""The new lists, the dataset file that joins them, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TextIO

from datatool.prepare._names import copy_name
from datatool.rows import Rows, list_line, names_text, require_conserved, tsv_line
from datatool.schemas import REAL, DatasetFile, DatasetPart, atomic_file

REJECTED: Final = "rejected.tsv"
_FETCH: Final = 10_000


def write_lists(
    rows: Rows, folder: Path, /, *, roots: tuple[str, ...], renamed: Mapping[str, str], rejected: Mapping[str, str]
) -> int:
    """Write a list for every split and source, `dataset.yaml`, the names, and `rejected.tsv`; returns the rows listed.

    Args:
        rows: The data set.
        folder: Of the copies.
        roots: Roots of the data set, in the order that `copy_name` was given.
        renamed: copy name -> its name as a JPEG.
        rejected: copy name -> why it could not be read.
    """
    listed = left_out = 0
    parts: dict[tuple[str, str], tuple[str, TextIO]] = {}
    with ExitStack() as stack:
        out = stack.enter_context(_text(stack, folder / REJECTED))
        out.write("file\tline\tcode\ttext\treason\n")
        for fault in _fetch(rows, "SELECT file, line, code, text, reason FROM faults"):
            left_out += 1
            out.write(tsv_line(fault))
        for path, label, source, split, root, file, line in _fetch(
            rows, "SELECT path, label, source, split, root, file, line FROM rows"
        ):
            name = copy_name(path, root, roots)
            if name in rejected:
                left_out += 1
                out.write(tsv_line((file, line, "E402", f"{path} {label}", rejected[name])))
                continue
            if (split, source) not in parts:
                stem = split if source == REAL else f"{split}.{source}"
                parts[split, source] = f"{stem}.txt", _text(stack, folder / f"{stem}.txt")
            parts[split, source][1].write(list_line(renamed.get(name, name), label))
            listed += 1
        require_conserved(read=rows.num_lines, written=listed, left_out=left_out)
    names = _write_names(rows, folder)
    _write_dataset(folder, {key: name for key, (name, _) in parts.items()}, names)
    return listed


def _text(stack: ExitStack, path: Path) -> TextIO:
    temporary = stack.enter_context(atomic_file(path))
    return stack.enter_context(temporary.open("w", encoding="utf-8", newline="\n"))


def _fetch(rows: Rows, sql: str) -> Any:
    cursor = rows.read().cursor().execute(sql)
    while found := cursor.fetchmany(_FETCH):
        yield from found


def _write_names(rows: Rows, folder: Path) -> str | None:
    if rows.names is None:
        return None
    with atomic_file(folder / "label_list.txt") as temporary:
        temporary.write_text(names_text(rows.names), encoding="utf-8")
    return "label_list.txt"


def _write_dataset(folder: Path, parts: Mapping[tuple[str, str], str], names: str | None) -> None:
    import yaml

    splits: dict[str, list[DatasetPart]] = {}
    for (split, source), name in parts.items():
        splits.setdefault(split, []).append(DatasetPart(list=name, source=None if source == REAL else source))
    document = DatasetFile.parse({"names": names, **splits})
    with atomic_file(folder / "dataset.yaml") as temporary:
        temporary.write_text(yaml.safe_dump(document.model_dump(exclude_none=True), sort_keys=False))
