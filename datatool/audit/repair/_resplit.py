"""A split of data that grew: what was settled stays, and only new rows are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datatool.audit.images import Engine, scan, write_contents
from datatool.audit.repair._columns import columns_left
from datatool.audit.repair._draw import draw
from datatool.audit.repair._faultless import require_no_faults
from datatool.audit.repair._follow import follow
from datatool.audit.repair._settled import SETTLED, Earlier, load_settled
from datatool.audit.repair._split import apply_draw, checked_shares, classes_without, say_unread
from datatool.audit.repair._units import make_units, say_units, tie
from datatool.audit.repair._write import new_folder, repaired_class_num, write_dataset
from datatool.rows import NO_GROUPS, Grouping, Rows
from datatool.schemas import (
    EVAL_SPLITS,
    SYNTHETIC,
    FindingsError,
    RepairDocument,
    SettledRows,
    SplitShares,
    plural,
    sole_writer,
)


def resplit(
    rows: Rows,
    /,
    *,
    old: str,
    out: Path,
    val: float | None = None,
    test: float | None = None,
    seed: int = 0,
    engine: Engine | None,
    cache: Path | str | None = "auto",
    grouping: Grouping = NO_GROUPS,
) -> RepairDocument:
    """Split a data set so that the rows of an earlier split stay where they are.

    Rows that the earlier split has, by place or by content, keep their split. New rows follow, in this order, rows of
    the same content, of their group, and of nearly the same look (perceptual hash within 3 bits); the others are drawn
    so that the shares of each class and source come nearest to what is asked. Rows that left are remembered by content
    in ``contents.parquet``, so that one that comes back is no new row.

    Args:
        rows: The data set; its tables are changed.
        old: A split folder or a dataset file.
        out: The new folder.
        val: Share of the rows for val; default: that of the earlier split.
        test: The same for test.
        seed: Another seed gives another draw.
        engine: Where images are read; None goes by places alone.
        cache: File of earlier measurements, see `scan`.
        grouping: Rows of one group go together too.

    Raises:
        DatasetError: If the earlier split cannot be read, or has neither val nor test.
        FindingsError: If a line gives no row, or there is none.
        ConfigError: If the shares leave nothing for train, or ``out`` exists.
    """
    with sole_writer(out):
        require_no_faults(rows)
        connection = rows.read()
        [(count,)] = connection.execute("SELECT count(*) FROM rows").fetchall()
        if not count:
            raise FindingsError("a data set must have rows to be split; got none")
        earlier = load_settled(connection, old, engine=engine, cache=cache)
        asked = _asked(earlier, val, test)
        if engine is not None:
            scan(connection, engine=engine, cache=cache)
            say_unread(connection)
        rows.group(grouping)
        tie(rows, by_content=engine is not None)
        settled = follow(connection, grouped=bool(grouping), by_content=engine is not None)
        make_units(connection, seed=seed)
        misplaced, least = draw(connection, asked, seed=seed)
        apply_draw(connection)
        with new_folder(out) as work:
            splits = write_dataset(rows, work, out=out)
            _write_contents(connection, work, out=out, by_content=engine is not None)
        return RepairDocument(
            command="split",
            out=str(out),
            rows=sum(splits.values()),
            splits=splits,
            class_num=repaired_class_num(rows),
            shares=SplitShares(asked=asked, off=round(misplaced, 6), least_off=round(least, 6)),
            settled=settled,
            notes=[
                *_notes(rows, earlier, settled, by_content=engine is not None),
                *classes_without(rows, asked),
                *columns_left(rows),
            ],
        )


def _asked(earlier: Earlier, val: float | None, test: float | None) -> dict[str, float]:
    given = {split: share for split, share in zip(EVAL_SPLITS, (val, test), strict=True) if share is not None}
    shares: Mapping[str, float] = {**earlier.shares, **given}
    return checked_shares(shares.get("val", 0.0), shares.get("test", 0.0))


def _notes(rows: Rows, earlier: Earlier, settled: SettledRows, *, by_content: bool) -> list[str]:
    """What could not be met."""
    connection = rows.read()
    notes = []
    if not by_content:
        notes.append("images were not read: renamed pictures, copies and near-duplicates are new rows")
    elif earlier.unknown:
        notes.append(f"{plural(earlier.unknown, 'row')} of the earlier split cannot be read: known by place alone")
    if settled.gone:
        notes.append(f"{plural(settled.gone, 'row')} of the earlier split no longer listed")
    if settled.overruled:
        notes.append(f"{plural(settled.overruled, 'row')} stay in the split of before, though the data set has another")
    if settled.torn_groups:
        notes.append(
            f"{settled.torn_groups:,} groups stand in several splits already; their new rows go to test before val "
            "before train"
        )
    [(made,)] = connection.execute(
        "SELECT count(*) FROM repaired r JOIN keeps k ON k.row = r.row WHERE k.rank IS NULL AND k.given = 0 "
        f"AND source::VARCHAR = '{SYNTHETIC}' AND split <> 'train'"
    ).fetchall()
    if made:
        notes.append(f"{made:,} new synthetic rows show what val or test has, and stand there (E604): drop them")
    return [*notes, *say_units(connection)]


def _write_contents(connection: Any, work: Path, *, out: Path, by_content: bool) -> None:
    """Digests of the rows, those of earlier rows kept where nothing was read, and all that have left."""
    digests = "i.content, i.pixels, i.look" if by_content else "s.content, s.pixels, s.look"
    source = (
        "LEFT JOIN images i ON i.path = r.path AND i.root = r.root::VARCHAR"
        if by_content
        else f"LEFT JOIN (SELECT * FROM {SETTLED} WHERE NOT left_out) s ON s.place = t.place"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE contents AS SELECT DISTINCT r.path, r.root::VARCHAR AS root, r.split, "
        f"{digests}, "
        f"false AS left_out FROM repaired r JOIN tied t ON t.row = r.row {source} UNION ALL "
        f"SELECT DISTINCT path, root, split, content, pixels, look, true FROM {SETTLED} s WHERE NOT EXISTS "
        "(SELECT 1 FROM tied t WHERE t.row >= 0 AND t.place = s.place AND t.content IS NOT DISTINCT FROM s.content)"
    )
    [(known,)] = connection.execute("SELECT count(content) FROM contents").fetchall()
    if known:
        write_contents(connection, "contents", work, out=out)
