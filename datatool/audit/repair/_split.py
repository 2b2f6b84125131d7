"""Train, val and test from one split: stratified, identical content on one side, synthetic rows in train."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from datatool.audit.images import Engine, scan, write_contents
from datatool.audit.repair._columns import columns_left
from datatool.audit.repair._draw import SPLITS, draw
from datatool.audit.repair._faultless import require_no_faults
from datatool.audit.repair._units import join_groups, make_units, say_units, tie
from datatool.audit.repair._write import new_folder, repaired_class_num, write_dataset
from datatool.rows import NO_GROUPS, Grouping, Rows
from datatool.schemas import (
    EVAL_SPLITS,
    TRAIN,
    ConfigError,
    FindingsError,
    RepairDocument,
    SplitShares,
    and_more,
    plural,
    sole_writer,
)

_SHOWN: Final = 8  # classes named in a sentence
_CONTENTS: Final = (
    "(SELECT DISTINCT r.path, r.root, r.split, i.content, i.pixels, i.look, false AS left_out FROM repaired r "
    "JOIN images i ON i.path = r.path AND i.root = r.root::VARCHAR)"
)
_LOG: Final = logging.getLogger("datatool.audit")


def split(
    rows: Rows,
    /,
    *,
    out: Path,
    val: float,
    test: float = 0.0,
    seed: int = 0,
    engine: Engine | None,
    cache: Path | str | None = "auto",
    grouping: Grouping = NO_GROUPS,
) -> RepairDocument:
    """Write the rows of train as train, val and test.

    Each (class, source) gives its share; rows of identical content (bytes or pixels) go together, and a group that
    holds a synthetic row stays in train. Which groups go is decided by a hash of the seed and the content, so neither
    the order of the list nor where the files lie matters.

    Args:
        rows: The data set; its tables are changed.
        out: The new folder.
        val: Share of the rows for val, 0 to 1.
        test: Share of the rows for test, 0 to 1.
        seed: Another seed gives another draw.
        engine: Where images are read to find identical content; None goes by path alone.
        cache: File of earlier measurements, see `scan`.
        grouping: Rows of one group go together too.

    Raises:
        ConfigError: If the shares leave nothing for train or are not asked for at all, or ``out`` exists.
        FindingsError: If a line gives no row, or a split that is to be made has rows already.
    """
    shares = checked_shares(val, test)
    with sole_writer(out):
        require_no_faults(rows)
        connection = rows.read()
        _refuse_present(connection, shares)
        if engine is not None:
            scan(connection, engine=engine, cache=cache)
            say_unread(connection)
        tie(rows, by_content=engine is not None, split=TRAIN)
        if grouping:
            rows.group(grouping)
            join_groups(connection)
        make_units(connection, seed=seed)
        misplaced, least = draw(connection, shares, seed=seed)
        apply_draw(connection)
        with new_folder(out) as work:
            splits = write_dataset(rows, work, out=out)
            if engine is not None:
                write_contents(connection, _CONTENTS, work, out=out)
        return RepairDocument(
            command="split",
            out=str(out),
            rows=sum(splits.values()),
            splits=splits,
            class_num=repaired_class_num(rows),
            shares=SplitShares(asked=shares, off=round(misplaced, 6), least_off=round(least, 6)),
            notes=[*say_units(connection), *classes_without(rows, shares), *columns_left(rows)],
        )


def apply_draw(connection: Any, /) -> None:
    """Make the table ``repaired`` from ``rows`` and what was drawn; rows that were not tied stay where they are."""
    names = ", ".join(f"'{split}'" for split in SPLITS)
    connection.execute(
        "CREATE OR REPLACE TABLE repaired AS SELECT r.path, r.label, r.source, "
        f"coalesce([{names}][t.settled + 1], u.drawn, r.split::VARCHAR) AS split, r.root, r.file, r.line, r.row "
        "FROM (SELECT *, rowid AS row FROM rows) r LEFT JOIN tied t ON r.row = t.row "
        "LEFT JOIN units u ON t.settled IS NULL AND t.key = u.key"
    )


def classes_without(rows: Rows, shares: Mapping[str, float], /) -> list[str]:
    """A sentence for each split that was asked for on the classes that it got no row of."""
    names = rows.names or {}
    said = []
    for split in shares:
        found = rows.read().execute(
            "SELECT label FROM repaired GROUP BY label HAVING count(*) FILTER (split = ?) = 0 ORDER BY label", [split]
        )
        bare = [f"{label} ({names[label]})" if label in names else str(label) for (label,) in found.fetchall()]
        if bare:
            said.append(f"no {split} row of {plural(len(bare), 'class')}: {and_more(bare[:_SHOWN], len(bare))}")
    return said


def say_unread(connection: Any) -> None:
    [(unread,)] = connection.execute("SELECT count(*) FROM measured WHERE code IN ('E401', 'E402')").fetchall()
    if unread:
        _LOG.warning("%s files are missing or unreadable: whether they are copies is told by their path alone", unread)


def checked_shares(val: float, test: float) -> dict[str, float]:
    shares = {name: share for name, share in zip(EVAL_SPLITS, (val, test), strict=True) if share}
    for name, share in shares.items():
        if not 0 < share < 1:
            raise ConfigError(f"--{name} must be between 0 and 1; got {share}")
    if not shares or sum(shares.values()) >= 1:
        raise ConfigError(f"--val and --test must leave rows for train and take some; got {val} and {test}")
    return shares


def _refuse_present(connection: Any, shares: dict[str, float]) -> None:
    counts = dict(connection.execute("SELECT split::VARCHAR, count(*) FROM rows GROUP BY ALL").fetchall())
    for name in shares:
        if counts.get(name):
            raise FindingsError(
                f"a split that is to be made must have no rows yet; got {counts[name]:,} in {name}",
                hint=f"leave out --{name}, split the train list alone, or keep settled rows with --from OLD",
            )
    if not counts.get(TRAIN):
        raise FindingsError("a data set must have rows in train to be split; got none")
