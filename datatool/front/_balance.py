"""Rows to a plan, as the command and `Data.balance` do it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from datatool.errors import ConfigError

if TYPE_CHECKING:
    from datatool.balance import BalanceOptions, Draft, ExportedList
    from datatool.front._data import Data
    from datatool.schemas import BalanceDocument, Plan


@dataclass(frozen=True, kw_only=True)
class Balanced:
    """What was made.

    Attributes:
        draft: The quotas, with what was noted on the way.
        plan: The plan, unless only a draft was asked for.
        exported: What the exported list holds, where one was written.
    """

    draft: Draft
    plan: Plan | None
    exported: ExportedList | None

    @cached_property
    def document(self) -> BalanceDocument:
        """Draft and plan as `--json` prints them."""
        from datatool.balance import balance_document

        return balance_document(self.draft, self.plan)


def balance_data(
    data: Data,
    /,
    *,
    strategy: str,
    out: Path | str | None = None,
    seed: int = 0,
    options: BalanceOptions,
    export_list: Path | None = None,
    export_epochs: int | None = None,
    delimiter: str | None = None,
    dry_run: bool = False,
) -> Balanced:
    """Work out a plan and write it.

    Args:
        data: What to balance.
        strategy: `natural`, `oversample`, `power:0.5` and so on.
        out: The plan's folder, or a place on a bucket; default: named after the data set, in the current folder.
        seed: Decides between equal remainders.
        options: Everything else.
        export_list: Also write one line per draw to this file.
        export_epochs: Epochs in that list; default: 1.
        delimiter: Between path and label in that list: space, tab, or any text.
        dry_run: Write nothing.

    Raises:
        FindingsError: If the rows have findings that stop it.
        PlanError: If ``out`` is in the way, or no quotas meet what was asked.
        ConfigError: If an option is not understood.
    """
    from datatool import balance as room
    from datatool.schemas import is_url, sole_writer

    if dry_run and export_list is not None:
        raise ConfigError("--export-list must not go with --dry-run, which writes nothing")
    if export_list is None and (export_epochs is not None or delimiter is not None):
        option = "--delimiter" if export_epochs is None else "--export-epochs"
        raise ConfigError(f"{option} must go with --export-list FILE; got none")
    if export_epochs is not None and export_epochs < 1:
        raise ConfigError(f"--export-epochs must be at least 1; got {export_epochs}")
    between = room.read_delimiter("space" if delimiter is None else delimiter)
    out = default_out(data.given) if out is None else out
    if not dry_run:
        room.check_replaceable(out)
    if export_list is not None:
        room.check_export(export_list, data.dataset, given=data.given)
    with contextlib.nullcontext() if dry_run or is_url(out) else sole_writer(Path(out)), data.open() as rows:
        draft = room.draft_plan(rows, strategy=strategy, seed=seed, options=options, keep_rows=not dry_run)
        if export_list is not None:
            room.check_export_paths(rows, draft.split, delimiter=between)
        plan = None if dry_run else room.write_plan(draft, rows, out=out)
    exported = None
    if plan is not None and export_list is not None:
        exported = room.export_list(plan, export_list, num_epochs=export_epochs or 1, delimiter=between)
    return Balanced(draft=draft, plan=plan, exported=exported)


def default_out(given: str, /) -> Path:
    """The plan of a data set that is given no name.

    >>> str(default_out("lists/train.txt.gz")), str(default_out("-")), str(default_out("<memory>"))
    ('train.plan', 'stdin.plan', 'memory.plan')
    """
    if given == "-":
        return Path("stdin.plan")
    if given.startswith("<"):
        return Path(f"{given.strip('<>').rpartition(': ')[2]}.plan")
    from datatool.schemas import is_url

    name = (given.rstrip("/").rpartition("/")[2] if is_url(given) else Path(given).resolve().name).removesuffix(".gz")
    return Path(f"{Path(name).stem}.plan")


def pair_of(given: str | tuple[int, int] | None, /) -> tuple[int, int] | None:
    """Classes of a batch and images of each, from `P:K` or as they are.

    Raises:
        ConfigError: If it is neither.

    >>> pair_of("8:4"), pair_of((8, 4))
    ((8, 4), (8, 4))
    """
    from datatool.schemas import whole_number

    if given is None:
        return None
    if not isinstance(given, str):
        given = ":".join(map(str, given))
    classes, images = map(whole_number, given.partition(":")[::2])
    if classes is None or images is None:
        raise ConfigError(
            f"--per-batch must be P:K, classes and images of each; got '{given}'", hint="for example --per-batch 8:4"
        )
    return classes, images


def targets_of(given: str | Sequence[str] | Mapping[object, float] | None, /) -> tuple[str, ...]:
    """`CLASS[/SOURCE]=VALUE` for each, from texts or from a mapping.

    >>> targets_of({"cat/synthetic": 0.1, 3: 2}), targets_of("cat=0.5")
    (('cat/synthetic=0.1', '3=2'), ('cat=0.5',))
    """
    if given is None or isinstance(given, str):
        return () if given is None else (given,)
    return tuple(f"{one}={value}" for one, value in given.items()) if isinstance(given, Mapping) else tuple(given)


def codes_of(given: str | Sequence[str] | None, /) -> list[str]:
    """Codes of findings from texts that hold one or several.

    >>> codes_of("e301, W302"), codes_of(["E301,W302", "E401"])
    (['E301', 'W302'], ['E301', 'W302', 'E401'])
    """
    texts = [given] if isinstance(given, str) else given or ()
    return [code.upper() for text in texts for code in text.replace(",", " ").split()]
