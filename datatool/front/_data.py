"""Data: a data set that can be audited, balanced, repaired and divided."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from datatool.front._balance import balance_data, codes_of, pair_of, targets_of
from datatool.front._data_base import AnyPath, path_or_none, place_or_none, say_groups
from datatool.front._repairs import RepairableData
from datatool.front._report import Report
from datatool.rows import Grouping, open_rows
from datatool.schemas import MAX_PIXELS

if TYPE_CHECKING:
    from datatool.schemas import Plan

_LOG: Final = logging.getLogger("datatool.front")


class Data(RepairableData):
    """A data set; made by `datatool.read`. Keywords are the options of the command of the same name.

    Attributes:
        dataset: Where its rows come from.
        given: What it was read from, for the names of what is made of it.
        repair: How it was made, where `relabel`, `clean` or `split` made it: rows, what was left out, class_num.
    """

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
        model: AnyPath | None = None,
        suspects: AnyPath | None = None,
        ignore: str | Sequence[str] = (),
        baseline: AnyPath | None = None,
        out: AnyPath | None = None,
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
            suspects=path_or_none(suspects),
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
            say_groups(rows)
        except BaseException as error:
            opened.__exit__(type(error), error, error.__traceback__)
            raise
        return Report(audited, rows, opened=opened, keep=self._keep)

    def balance(
        self,
        strategy: str = "natural",
        *,
        out: AnyPath | None = None,
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
        count: str = "rows",
        findings: AnyPath | None = None,
        feedback: AnyPath | None = None,
        before: AnyPath | None = None,
        skip_faulty: bool = False,
        allow_outside_root: bool | None = None,
        force: bool = False,
        seed: int = 0,
        export_list: AnyPath | None = None,
        export_epochs: int | None = None,
        delimiter: str | None = None,
    ) -> Plan:
        """Decide how often each row is drawn and how much it counts, and write that as a plan.

        Args:
            strategy: `natural`, `oversample`, `undersample`, `sqrt`, `power:Q`, `effective:BETA` and so on.
            out: The plan's folder, or a place on a bucket; default: named after the data set, in the current folder.
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
            count: `rows`, or `unique`: the images are read, and each counts once in its class.
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
            count=count,
            findings=path_or_none(findings),
            skip_faulty=skip_faulty,
            allow_outside_root=self._outside(allow_outside_root),
            force=force,
            feedback=path_or_none(feedback),
            before=path_or_none(before),
        )
        made = balance_data(
            self,
            strategy=str(strategy),
            out=place_or_none(out),
            seed=seed,
            options=options,
            export_list=path_or_none(export_list),
            export_epochs=export_epochs,
            delimiter=delimiter,
        )
        assert made.plan is not None
        return made.plan
