"""Data: a data set that can be audited, balanced, repaired and divided."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from datatool.errors import ConfigError, DatasetError
from datatool.front._balance import balance_data, codes_of, pair_of, targets_of
from datatool.front._home import Home
from datatool.front._report import Report
from datatool.rows import Grouping, Rows, open_rows, resolve
from datatool.schemas import EVAL_SPLITS, MAX_PIXELS, TRAIN, Dataset, to_pandas
from datatool.storage import in_table

if TYPE_CHECKING:
    from datatool.schemas import Plan, RepairDocument

_LOG: Final = logging.getLogger("datatool.front")
_Path = str | os.PathLike[str]


class Data:
    """A data set; made by `datatool.read`. Keywords are the options of the command of the same name.

    Attributes:
        dataset: Where its rows come from.
        given: What it was read from, for the names of what is made of it.
        repair: How it was made, where `relabel`, `clean` or `split` made it: rows, what was left out, class_num.
    """

    def __init__(
        self,
        dataset: Dataset,
        /,
        *,
        given: str,
        keep: object = None,
        is_rootless: bool = False,
        is_all: bool = True,
        repair: RepairDocument | None = None,
    ) -> None:
        self.dataset = dataset
        self.given = given
        self.repair = repair
        self._keep = keep  # the temporary folder that rows lie in
        self._is_all = is_all  # whether no split is left out
        self._is_rootless = is_rootless  # from memory and without a root: absolute paths are what there is

    @contextlib.contextmanager
    def open(self) -> Iterator[Rows]:
        """The rows, for SQL; what was settled by looking at the data is logged."""
        with open_rows(self.dataset) as rows:
            for sentence in rows.stated:
                _LOG.info("%s", sentence)
            yield rows

    @contextlib.contextmanager
    def _open_to_copy(self, out: _Path | None) -> Iterator[Rows]:
        """The rows for a copy; where it is to stay, its images may not be those of a table in memory."""
        with self.open() as rows:
            if out is not None and any(part.spooled is not None for part in self.dataset.parts):
                roots = rows.read().execute("SELECT DISTINCT root::VARCHAR FROM rows").fetchall()
                if any(in_table(root) for (root,) in roots):
                    raise DatasetError(
                        "lists must name images that stay where they are; got those of a table in memory",
                        hint="save the table as Parquet, and read that file",
                    )
            yield rows

    def audit(
        self,
        *,
        class_num: int | None = None,
        feature_dim: int = 2048,
        allow_outside_root: bool | None = None,
        images: bool = False,
        max_pixels: int = MAX_PIXELS,
        engine: str | None = None,
        group_column: str | None = None,
        group: str | None = None,
        model: _Path | None = None,
        suspects: _Path | None = None,
        ignore: str | Sequence[str] = (),
        baseline: _Path | None = None,
        out: _Path | None = None,
    ) -> Report:
        """Check labels, ids, repeats, leaks, sources and, with ``images``, the files.

        Args:
            class_num: What the model was built for.
            feature_dim: Width of the features before the final layer.
            allow_outside_root: Accept absolute paths and `..`; default: only for what came from memory without a root.
            images: Read the images too.
            max_pixels: Refuse larger images from their header.
            engine: Where images are read: `threads`, `ray` or `ray:ADDRESS`.
            group_column: Column of a table that says which rows belong together.
            group: The same by the path: a regular expression, what it captures, else matches.
            model: A folder of `Run.export`: its confidences, for ``baseline``.
            suspects: What `datatool suspects` wrote: I801 to I804 with the rest.
            ignore: Codes of findings to leave out.
            baseline: An earlier audit.json: report only what is new.
            out: Also write audit.json, findings.parquet and report.html to this folder.

        Raises:
            DatasetError: If a part of the data set cannot be read at all.
            ConfigError: If an option is not understood, or ``out`` holds something else.
        """
        from datatool.audit import AuditOptions, audit_rows

        options = AuditOptions(
            class_num=class_num,
            feature_dim=feature_dim,
            allow_outside_root=self._outside(allow_outside_root),
            ignore=frozenset(codes_of(ignore)),
            baseline=None if baseline is None else Path(baseline),
            images=images,
            max_pixels=max_pixels,
            engine=engine,
            grouping=Grouping(column=group_column, pattern=group),
            suspects=_path(suspects),
        )
        if model is not None:
            from datatool.deploy import confidences

            options = dataclasses.replace(options, confidences=confidences(Path(model), self.dataset))
        if engine is not None and not images:
            _LOG.warning("--engine is left unused: without --images no file is read")
        opened = contextlib.ExitStack()
        try:
            rows = opened.enter_context(open_rows(self.dataset))
            audited = audit_rows(rows, options=options, out=None if out is None else Path(out))
            _say_groups(rows)
        except BaseException as error:
            opened.__exit__(type(error), error, error.__traceback__)
            raise
        return Report(audited, rows, opened=opened, keep=self._keep)

    def balance(
        self,
        strategy: str = "natural",
        *,
        out: _Path | None = None,
        target: str | int | None = None,
        epoch_size: int | None = None,
        share: str | Sequence[str] | Mapping[object, float] | None = None,
        max_repeat: int | None = None,
        synthetic_share: float | None = None,
        synthetic_cap: float | None = None,
        per_batch: str | tuple[int, int] | None = None,
        weights: str = "none",
        weight: str | Sequence[str] | Mapping[object, float] | None = None,
        accept: str | Sequence[str] = (),
        findings: _Path | None = None,
        feedback: _Path | None = None,
        before: _Path | None = None,
        skip_faulty: bool = False,
        allow_outside_root: bool | None = None,
        force: bool = False,
        seed: int = 0,
        export_list: _Path | None = None,
        export_epochs: int | None = None,
        delimiter: str | None = None,
    ) -> Plan:
        """Decide how often each row is drawn and how much it counts, and write that as a plan.

        Args:
            strategy: `natural`, `oversample`, `undersample`, `sqrt`, `power:Q`, `effective:BETA` and so on.
            out: The plan's folder; default: named after the data set, in the current folder.
            target: Draws of each class for `oversample`: a number, `median` or `max`.
            epoch_size: Draws of an epoch.
            share: Fixed shares of the epoch: `CLASS[/SOURCE]` -> share, or texts `CLASS[/SOURCE]=S`.
            max_repeat: Most draws of a row in an epoch.
            synthetic_share: Synthetic share of each class.
            synthetic_cap: At most so many synthetic draws for a real one.
            per_batch: (P, K) or "P:K": P classes of K images in every batch.
            weights: What a draw counts in the loss: `none`, `inverse`, `sqrt`, `effective:BETA`, or a CSV file.
            weight: Factors on that: `CLASS[/SOURCE]` -> factor, or texts.
            accept: Codes whose advice is applied: W601.
            findings: Folder of an audit, whose unreadable images are left out.
            feedback: eval.json of a run with synthetic rows.
            before: eval.json of a run without them.
            skip_faulty: Leave faulty rows out and count them.
            allow_outside_root: Accept absolute paths and `..`; default: only for what came from memory without a root.
            force: Balance even a list meant for evaluation.
            seed: Decides between equal remainders.
            export_list: Also write a plain list, one line per draw.
            export_epochs: Epochs in that list; default: 1.
            delimiter: Between path and label in that list: space, tab, or any text.

        Raises:
            FindingsError: If the rows have findings that stop it.
            PlanError: If ``out`` is in the way, or no quotas meet what was asked.
            ConfigError: If an option is not understood.
        """
        from datatool.balance import BalanceOptions

        options = BalanceOptions(
            target=None if target is None else str(target),
            epoch_size=epoch_size,
            shares=targets_of(share),
            max_repeat=max_repeat,
            synthetic_share=synthetic_share,
            synthetic_cap=synthetic_cap,
            per_batch=pair_of(per_batch),
            weights=weights,
            weight=targets_of(weight),
            accept=tuple(codes_of(accept)),
            findings=_path(findings),
            skip_faulty=skip_faulty,
            allow_outside_root=self._outside(allow_outside_root),
            force=force,
            feedback=_path(feedback),
            before=_path(before),
        )
        made = balance_data(
            self,
            strategy=str(strategy),
            out=_path(out),
            seed=seed,
            options=options,
            export_list=_path(export_list),
            export_epochs=export_epochs,
            delimiter=delimiter,
        )
        assert made.plan is not None
        return made.plan

    def split(
        self,
        *,
        val: float | None = None,
        test: float | None = None,
        old: _Path | None = None,
        seed: int = 0,
        images: bool = True,
        engine: str | None = None,
        group_column: str | None = None,
        group: str | None = None,
        out: _Path | None = None,
    ) -> tuple[Data, ...]:
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
        with self._open_to_copy(out) as rows:
            reads = open_engine(engine) if images else None
            if old is None:
                made = split(
                    rows, out=folder, val=val or 0.0, test=test or 0.0, seed=seed, engine=reads, grouping=groups
                )
            else:
                made = resplit(
                    rows, old=os.fspath(old), out=folder, val=val, test=test, seed=seed, engine=reads, grouping=groups
                )
            _say_groups(rows)
        whole = self._made(made, folder, keep)
        there = {part.split for part in whole.dataset.parts}
        return tuple(whole.only(name) for name in (TRAIN, *EVAL_SPLITS) if name in there)

    def relabel(
        self,
        *,
        map: _Path | None = None,  # noqa: A002 - the option's name
        merge: _Path | None = None,
        decisions: _Path | None = None,
        out: _Path | None = None,
    ) -> Data:
        """A copy with dense class ids, from ids with gaps or from names; one map for all splits.

        Args:
            map: map.json of an earlier relabel: its ids never change, and new classes come behind them.
            merge: CSV `old,new`: classes that are joined, in every split.
            decisions: What people decided about single pictures; only their classes change.
            out: The new folder; default: a temporary one that lives as long as the result.

        Raises:
            FindingsError: If a line gives no row, or no row is left.
            DatasetError: If a name is not in the names file.
            ConfigError: If ``out`` exists.
        """
        from datatool.audit.repair import read_decisions, relabel, relabel_decided

        folder, keep = self._new_folder(out, "relabelled")
        with self._open_to_copy(out) as rows:
            if decisions is None:
                made = relabel(rows, out=folder, old=_path(map), merge=_path(merge))
            else:
                made = relabel_decided(rows, read_decisions(Path(decisions)), out=folder)
        return self._made(made, folder, keep)

    def clean(
        self,
        *,
        drop: str | Sequence[str] = (),
        decisions: _Path | None = None,
        images: bool = False,
        max_pixels: int = MAX_PIXELS,
        engine: str | None = None,
        allow_outside_root: bool | None = None,
        group_column: str | None = None,
        group: str | None = None,
        out: _Path | None = None,
    ) -> Data:
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
        with self._open_to_copy(out) as rows:
            decided = None if decisions is None else read_decisions(Path(decisions))
            made = clean(rows, drop=codes, out=folder, options=options, decisions=decided)
            _say_groups(rows)
        return self._made(made, folder, keep)

    def save(self, folder: _Path, /) -> Data:
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

    def only(self, split: str, /) -> Data:
        """The rows of one split that inputs of its own gave.

        Raises:
            ConfigError: If there is no such split.
        """
        parts = tuple(part for part in self.dataset.parts if part.split == split)
        if not parts:
            known = ", ".join(dict.fromkeys(part.split for part in self.dataset.parts))
            raise ConfigError(f"a split must be one of {known}; got '{split}'")
        is_all = parts == self.dataset.parts
        dataset, given = dataclasses.replace(self.dataset, parts=parts), self.given if is_all else split
        return self._like(dataset, given=given, is_all=is_all, repair=self.repair)

    def as_path(self) -> str | None:
        """The absolute path that says all about this data set; None where there is none."""
        is_whole = shlex.split(self.dataset.command) == [self.given] and self._is_all
        return os.path.abspath(self.given) if is_whole and os.path.exists(self.given) else None

    def to_arrow(self) -> Any:
        """Usable rows as a `pyarrow.Table`: path, label, source, split, root, file, line."""
        with self.open() as rows:
            return rows.read().sql("SELECT * FROM rows ORDER BY file, line").to_arrow_table()

    def to_pandas(self) -> Any:
        """The same as a `pandas.DataFrame`.

        Raises:
            MissingDependencyError: If pandas is not installed.
        """
        return to_pandas(self.to_arrow())

    def __repr__(self) -> str:
        return f"<Data: {', '.join(f'{part.split} {part.path}' for part in self.dataset.parts)}>"

    def _outside(self, given: bool | None) -> bool:
        return self._is_rootless if given is None else given

    def _new_folder(self, out: _Path | None, name: str) -> tuple[Path, object]:
        """Where a copy is written, and what keeps it there."""
        if out is not None:
            return Path(out), None
        home = Home()
        return home.path / name, home

    def _made(self, made: RepairDocument, folder: Path, keep: object) -> Data:
        return self._like(resolve(str(folder)), given=str(folder), repair=made, keep=keep)

    def _like(
        self,
        dataset: Dataset,
        *,
        given: str,
        is_all: bool = True,
        repair: RepairDocument | None = None,
        keep: object = None,
    ) -> Data:
        return Data(
            dataset,
            given=given,
            keep=(self._keep, keep),
            is_rootless=self._is_rootless,
            is_all=is_all and self._is_all,
            repair=repair,
        )


def _say_groups(rows: Rows) -> None:
    """State how rows were grouped, where they were."""
    if rows.grouped is not None:
        _LOG.info("%s", rows.grouped)


def _path(given: _Path | None) -> Path | None:
    return None if given is None else Path(given)
