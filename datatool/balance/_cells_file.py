"""CSV files with a number for each class and source: `cells:FILE` and `--weights FILE`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datatool.balance._targets import find_class
from datatool.samplers import Counts, Share
from datatool.schemas import ConfigError, source_name


@dataclass(frozen=True, kw_only=True)
class CellLine:
    """One line; ``label`` None is every class, ``source`` None every source."""

    label: int | None
    source: str | None
    value: float
    line: int


def read_cells_file(file: Path, column: str, names: Mapping[int, str] | None, /) -> list[CellLine]:
    """Read a CSV with the columns class, source and ``column``; an empty source means all of the class.

    Raises:
        ConfigError: Naming the line that cannot be understood.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"a table of {column}s must be readable; got '{file}' ({reason})") from None
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    missing = {"class", column} - set(reader.fieldnames or ())
    if missing:
        raise ConfigError(
            f"the header must be class,source,{column}; it has no {', '.join(sorted(missing))}", file=file, line=1
        )
    lines = list(_lines(reader, file, column, names))
    if not lines:
        raise ConfigError(f"a table of {column}s must have a line below its header; it has none", file=file)
    seen: dict[tuple[int | None, str | None], int] = {}
    for one in lines:
        first = seen.setdefault((one.label, one.source), one.line)
        if first != one.line:
            raise ConfigError(
                f"a class and source must be listed once; line {first} has it too", file=file, line=one.line
            )
    return lines


def _lines(reader: csv.DictReader[str], file: Path, column: str, names: Mapping[int, str] | None) -> Iterator[CellLine]:
    for record in reader:
        line = reader.line_num
        word, source = (record["class"] or "").strip(), source_name(record.get("source") or "")
        label = find_class(word, names)
        if label is None and not (word == "*" and source):
            raise ConfigError(f"class must be an id or a name of --names; got '{word}'", file=file, line=line)
        try:
            value = float(record[column] or "")
        except ValueError:
            value = float("nan")
        if not 0 <= value < float("inf"):
            raise ConfigError(f"{column} must be a number, at least 0; got '{record[column]}'", file=file, line=line)
        yield CellLine(label=label, source=source or None, value=value, line=line)


def cell_shares(
    lines: list[CellLine], counts: Counts, /, *, file: Path
) -> tuple[NDArray[np.float64], tuple[Share, ...]]:
    """Shares of each cell, summing to 1, and shares of sources over all classes (`*,SOURCE,SHARE`).

    A line without a source is divided over the sources of its class by rows. Cells that no line names get nothing;
    with source lines alone, classes keep their rows' proportions.

    Raises:
        ConfigError: If a line names something without rows, a class stands as a whole and by source, or all are 0.
    """
    margins = tuple(Share(label=None, source=one.source, share=one.value) for one in lines if one.label is None)
    own = [one for one in lines if one.label is not None]
    if not own:
        return counts.num_rows / counts.total, margins
    whole = {one.label for one in own if one.source is None}
    largest = max(one.value for one in own) or 1.0  # sums of what is left stay far from the ends of float64
    share = np.zeros(len(counts.label))
    for one, cells in _found(own, counts, file):
        if one.source is not None and one.label in whole:
            raise ConfigError(
                f"class {one.label} must have a share as a whole or by source; it has both", file=file, line=one.line
            )
        share[cells] += one.value / largest * counts.num_rows[cells] / counts.num_rows[cells].sum()
    if not share.sum() > 0:
        raise ConfigError("shares must be above 0 for some class; all of them are 0", file=file)
    return share / share.sum(), margins


def cell_weights(lines: list[CellLine], counts: Counts, /, *, file: Path) -> NDArray[np.float64]:
    """Weight of each cell; 1 where no line names it. The more exact line wins: class and source, class, source."""
    weight = np.ones(len(counts.label))
    order = sorted(
        lines, key=lambda one: (one.label is not None) + 2 * (one.label is not None and one.source is not None)
    )
    for one, cells in _found(order, counts, file):
        weight[cells] = one.value
    return weight


def _found(lines: list[CellLine], counts: Counts, file: Path) -> Iterator[tuple[CellLine, NDArray[np.int64]]]:
    """Each line with its cells; a line about something without rows must say 0."""
    source = np.array(counts.source)
    for one in lines:
        if one.label is None:
            cells = np.arange(len(source))
        else:
            cells = np.arange(*np.searchsorted(counts.label, [one.label, one.label + 1]))
        if one.source is not None:
            cells = cells[source[cells] == one.source]
        if len(cells):
            yield one, cells
        elif one.value > 0:
            what = f"class {'*' if one.label is None else one.label}{'' if one.source is None else '/' + one.source}"
            raise ConfigError(f"a line must name something with rows; {what} has none", file=file, line=one.line)
