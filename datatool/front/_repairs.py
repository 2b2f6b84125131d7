"""Copies of a data set that are repaired or divided."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from datatool.errors import DatasetError
from datatool.front._balance import codes_of
from datatool.front._data_base import AnyPath, DataBase, path_or_none, say_groups
from datatool.front._home import Home
from datatool.rows import Grouping, Rows, resolve
from datatool.schemas import EVAL_SPLITS, MAX_PIXELS, TRAIN
from datatool.storage import in_table

if TYPE_CHECKING:
    from datatool.schemas import RepairDocument


class RepairableData(DataBase):
    """A data set of which repaired copies are made; the originals are left alone."""

    def split(
        self,
        *,
        val: float | None = None,
        test: float | None = None,
        old: AnyPath | None = None,
        seed: int = 0,
        images: bool = True,
        engine: str | None = None,
        group_column: str | None = None,
        group: str | None = None,
        keep_column: str | Sequence[str] = (),
        out: AnyPath | None = None,
    ) -> tuple[Self, ...]:
        """Split val and test off from train, stratified by class and source.

        Args:
            val: Share of the rows for val; with ``old`` the default is as before.
            test: Share of the rows for test, likewise.
            old: An earlier split whose rows stay where they are: the command's --from.
            seed: Another seed gives another draw.
            images: Read the images, so that identical content stays on one side.
            engine: Where images are read: `threads`, `ray` or `ray:ADDRESS`.
            group_column: Column of a table that says which rows belong together.
            group: The same by the path: a regular expression, what it captures, else matches.
            keep_column: Further columns of tables that the copy has too; that of ``group_column`` is kept unasked.
            out: The new folder; default: a temporary one that lives as long as these objects.

        Returns:
            train, and val and test as far as they were asked for or are there.

        Raises:
            FindingsError: If a line gives no row, or a split that is to be made has rows already.
            ConfigError: If the shares leave nothing for train, or ``out`` exists.
        """
        from datatool.audit.images import open_engine
        from datatool.audit.repair import resplit, split

        folder, keep = self._new_folder(out, "split")
        groups = Grouping(column=group_column, pattern=group)
        with self._open_to_copy(out, keep_column, group_column) as rows:
            reads = open_engine(engine) if images else None
            if old is None:
                made = split(
                    rows, out=folder, val=val or 0.0, test=test or 0.0, seed=seed, engine=reads, grouping=groups
                )
            else:
                made = resplit(
                    rows, old=os.fspath(old), out=folder, val=val, test=test, seed=seed, engine=reads, grouping=groups
                )
            say_groups(rows)
        whole = self._made(made, folder, keep)
        there = {part.split for part in whole.dataset.parts}
        return tuple(whole.only(name) for name in (TRAIN, *EVAL_SPLITS) if name in there)

    def relabel(
        self,
        *,
        map: AnyPath | None = None,  # noqa: A002 - the option's name
        merge: AnyPath | None = None,
        decisions: AnyPath | None = None,
        keep_column: str | Sequence[str] = (),
        out: AnyPath | None = None,
    ) -> Self:
        """A copy with dense class ids, from ids with gaps or from names; one map for all splits.

        Args:
            map: map.json of an earlier relabel: its ids never change, and new classes come behind them.
            merge: CSV `old,new`: classes that are joined, in every split.
            decisions: What people decided about single pictures; only their classes change.
            keep_column: Further columns of tables that the copy has too.
            out: The new folder; default: a temporary one that lives as long as the result.

        Raises:
            FindingsError: If a line gives no row, or no row is left.
            DatasetError: If a name is not in the names file.
            ConfigError: If ``out`` exists.
        """
        from datatool.audit.repair import read_decisions, relabel, relabel_decided

        folder, keep = self._new_folder(out, "relabelled")
        with self._open_to_copy(out, keep_column) as rows:
            if decisions is None:
                made = relabel(rows, out=folder, old=path_or_none(map), merge=path_or_none(merge))
            else:
                made = relabel_decided(rows, read_decisions(Path(decisions)), out=folder)
        return self._made(made, folder, keep)

    def clean(
        self,
        *,
        drop: str | Sequence[str] = (),
        decisions: AnyPath | None = None,
        images: bool = False,
        max_pixels: int = MAX_PIXELS,
        engine: str | None = None,
        allow_outside_root: bool | None = None,
        group_column: str | None = None,
        group: str | None = None,
        keep_column: str | Sequence[str] = (),
        out: AnyPath | None = None,
    ) -> Self:
        """A copy without the rows of some findings, and rejected.tsv with what was left out.

        Args:
            drop: Codes of findings whose rows are left out.
            decisions: What people decided about single pictures; those to drop are left out.
            images: Read images; done anyway where a code needs it.
            max_pixels: Limit for E405.
            engine: Where images are read: `threads`, `ray` or `ray:ADDRESS`.
            allow_outside_root: Accept absolute paths and `..`; default: only for what came from memory without a root.
            group_column: Column of a table that says which rows belong together.
            group: The same by the path: a regular expression, what it captures, else matches.
            keep_column: Further columns of tables that the copy has too; that of ``group_column`` is kept unasked.
            out: The new folder; default: a temporary one that lives as long as the result.

        Raises:
            FindingsError: If a line gives no row and its code is not dropped, or no row is left.
            ConfigError: If a code is unknown or names no rows, or ``out`` exists.
        """
        from datatool.audit import AuditOptions
        from datatool.audit.repair import clean, needs_images, read_decisions

        codes = codes_of(drop)
        options = AuditOptions(
            images=images or needs_images(codes),
            max_pixels=max_pixels,
            engine=engine,
            allow_outside_root=self._outside(allow_outside_root),
            grouping=Grouping(column=group_column, pattern=group),
        )
        folder, keep = self._new_folder(out, "cleaned")
        with self._open_to_copy(out, keep_column, group_column) as rows:
            decided = None if decisions is None else read_decisions(Path(decisions))
            made = clean(rows, drop=codes, out=folder, options=options, decisions=decided)
            say_groups(rows)
        return self._made(made, folder, keep)

    def save(self, folder: AnyPath, /) -> Self:
        """Write lists, names and dataset.yaml to a new folder; the images stay where they are.

        Raises:
            FindingsError: If a line gives no row.
            ConfigError: If the folder exists.
        """
        from datatool.audit import AuditOptions
        from datatool.audit.repair import clean

        options = AuditOptions(allow_outside_root=self._is_rootless)
        with self._open_to_copy(folder) as rows:
            made = clean(rows, drop=(), decisions=(), out=Path(folder), options=options)
        return self._made(made, Path(folder), None)

    @contextlib.contextmanager
    def _open_to_copy(
        self, out: AnyPath | None, columns: str | Sequence[str] = (), group_column: str | None = None
    ) -> Iterator[Rows]:
        """The rows for a copy with further columns; where it stays, its images may not be those of a table in memory.

        Args:
            out: The new folder.
            columns: Columns that are kept, too.
            group_column: Kept where it is a further one.
        """
        with self.open() as rows:
            if out is not None and any(part.spooled is not None for part in self.dataset.parts):
                roots = rows.read().execute("SELECT DISTINCT root::VARCHAR FROM rows").fetchall()
                if any(in_table(root) for (root,) in roots):
                    raise DatasetError(
                        "lists must name images that stay where they are; got those of a table in memory",
                        hint="save the table as Parquet, and read that file",
                    )
            grouped = (name for name in rows.further if name.lower() == (group_column or "").strip().lower())
            rows.keep([*([columns] if isinstance(columns, str) else columns), *grouped])
            yield rows

    def _new_folder(self, out: AnyPath | None, name: str) -> tuple[Path, object]:
        """Where a copy is written, and what keeps it there."""
        if out is not None:
            return Path(out), None
        home = Home()
        return home.path / name, home

    def _made(self, made: RepairDocument, folder: Path, keep: object) -> Self:
        return self._like(resolve(str(folder)), given=str(folder), repair=made, keep=keep)
