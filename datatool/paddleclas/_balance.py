"""A plan of a YAML's training list, and the overrides with which PaddleClas trains on it, unedited."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.balance import (
    BalanceOptions,
    Draft,
    ExportedList,
    check_export_paths,
    draft_plan,
    export_list,
    write_plan,
)
from datatool.errors import ConfigError, DatasetError, FindingsError
from datatool.paddleclas._class_num import class_num_of
from datatool.paddleclas._config import ClasConfig
from datatool.paddleclas._groups import part_of
from datatool.paddleclas._keys import (
    Keys,
    check_sampler,
    class_num_keys,
    epoch_keys,
    list_keys,
    relabel_keys,
    sampler_keys,
)
from datatool.paddleclas._lists import ListEntry, OtherEntry, entries
from datatool.paddleclas._overrides import as_given, command, overrides_text
from datatool.paddleclas._verify import Written, verify
from datatool.rows import Rows, open_rows, told_apart
from datatool.runs import clas_option
from datatool.schemas import Dataset, Plan, atomic_folder, sole_writer

PLAN: Final = "plan"
LIST: Final = "train_list.txt"
OVERRIDES: Final = "overrides.txt"
_OURS: Final = frozenset({PLAN, LIST, OVERRIDES})


@dataclass(frozen=True, kw_only=True)
class Balanced:
    """What was written.

    Attributes:
        out: The folder: `plan/`, `overrides.txt`, and the list but with the sampler.
        plan: The plan, opened.
        draft: How it was made.
        exported: What the list holds; None with the sampler.
        overrides: As they stand in `overrides.txt`, one `-o "KEY=VALUE"` each.
        command: A line that trains.
        ids_differ: Whether relabel was on: ids are now those of the lists.
    """

    out: Path
    plan: Plan
    draft: Draft
    exported: ExportedList | None
    overrides: tuple[str, ...]
    command: str
    ids_differ: bool


def balance_config(
    config: ClasConfig,
    /,
    *,
    strategy: str,
    out: Path | str,
    overrides: Sequence[str] = (),
    num_epochs: int = 1,
    sampler: bool = False,
    seed: int = 0,
    options: BalanceOptions = BalanceOptions(),  # noqa: B008 - frozen
) -> Balanced:
    """Balance the training list of a YAML, all or nothing.

    Args:
        config: From `read_config`, with ``overrides`` applied.
        strategy: As `datatool balance` takes it.
        out: The folder; an earlier one of this function is replaced.
        overrides: The user's own, which stand first in the result.
        num_epochs: Epochs in the list.
        sampler: Put the sampler into PaddleClas's loader instead of a list.
        seed: Decides between equal remainders.
        options: Everything else about the plan.

    Raises:
        ConfigError: If the YAML, a key or an option cannot be used so.
        FindingsError: If a list has findings that stop it.
        DatasetError: If a list or a path of one cannot be used.
        PlanError: If no quotas meet what was asked.
    """
    out = Path(out)
    if num_epochs < 1:
        raise ConfigError(f"--epochs must be at least 1; got {num_epochs}")
    if sampler and num_epochs > 1:
        raise ConfigError("--epochs must not go with --sampler, which draws every epoch anew")
    train, val = _train_and_val(config)
    if sampler:
        check_sampler(config, train)
    job = _Job(
        config=config,
        train=train,
        val=val,
        out=out,
        overrides=tuple(overrides),
        num_epochs=num_epochs,
        sampler=sampler,
    )
    with sole_writer(out):
        _check_replaceable(out)
        with open_rows(_dataset(config, train, val)) as rows:
            draft = _draft(rows, strategy=strategy, seed=seed, options=options)
            if not sampler:
                check_export_paths(rows, draft.split, delimiter=job.delimiter)
            return _write(job, draft, rows)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What is balanced, and into what."""

    config: ClasConfig
    train: ListEntry
    val: ListEntry | None
    out: Path
    overrides: tuple[str, ...]
    num_epochs: int
    sampler: bool

    @property
    def delimiter(self) -> str:
        return self.train.rule.delimiter or " "

    @property
    def final(self) -> Path:
        """The folder as overrides name it: PaddleClas may run elsewhere."""
        return Path(os.path.abspath(self.out))

    @property
    def yaml(self) -> str:
        """The YAML, as seen from where PaddleClas runs."""
        return str(self.config.file) if self.config.cwd is None else os.path.abspath(self.config.file)


def _draft(rows: Rows, *, strategy: str, seed: int, options: BalanceOptions) -> Draft:
    try:
        return draft_plan(rows, strategy=strategy, seed=seed, options=options, keep_rows=True)
    except FindingsError as error:
        hint = f"see all with datatool paddleclas audit {rows.dataset.command}"
        raise FindingsError(error.message, file=error.file, line=error.line, hint=hint) from None


def _write(job: _Job, draft: Draft, rows: Rows) -> Balanced:
    with atomic_folder(job.out) as folder:
        plan = write_plan(draft, rows, out=folder / PLAN)
        exported = None
        if not job.sampler:
            exported = export_list(plan, folder / LIST, num_epochs=job.num_epochs, delimiter=job.delimiter)
        options = (*map(as_given, job.overrides), *(clas_option(*one) for one in _keys(job, draft, exported)))
        written = Written(
            plan=plan, folder=folder, final=job.final, num_epochs=job.num_epochs, class_num=draft.class_num
        )
        verify(job.config, overrides_text(options), written)
        (folder / OVERRIDES).write_text(overrides_text(options), encoding="utf-8")
        plan.close()
    return Balanced(
        out=job.out,
        plan=Plan.open(job.out / PLAN),
        draft=draft,
        exported=exported,
        overrides=options,
        command=command(job.yaml, options),
        ids_differ=job.train.relabel or (job.val is not None and job.val.relabel),
    )


def _keys(job: _Job, draft: Draft, exported: ExportedList | None) -> Keys:
    if exported is None:
        changed = sampler_keys(job.train, job.final / PLAN)
    else:
        place = job.final / LIST
        changed = list_keys(job.config, job.train, place, exported.base, delimiter=job.delimiter, lines=exported.lines)
    return [
        *changed,
        *relabel_keys(job.train, job.val),
        *class_num_keys(job.config, class_num_of(job.config), draft.class_num),
        *epoch_keys(job.config, job.num_epochs),
    ]


def _train_and_val(config: ClasConfig) -> tuple[ListEntry, ListEntry | None]:
    named = entries(config)
    train = next((one for one in named if one.section in ("DataLoader.Train", "TRAIN")), None)
    if train is None:
        raise ConfigError("a YAML must have DataLoader.Train to be balanced; got none", file=config.file)
    if isinstance(train, OtherEntry):
        raise ConfigError(
            f"{train.section} must be a list of path and label to be balanced; {train.dataset} is not: {train.reason}",
            file=config.file,
        )
    if train.kind is not None and train.kind.retrieval:
        raise ConfigError(
            f"{train.section} must be a list for classification to be balanced; {train.dataset} is one for retrieval",
            file=config.file,
        )
    for key, place in ((train.key, train.path), (train.root_key, train.root)):
        if not os.path.exists(config.place(place)):
            raise DatasetError(
                f"{key} must be there; got '{place}'",
                file=config.file,
                hint="paths of a YAML are relative to the folder that PaddleClas runs in: name that with --cwd",
            )
    val = next((one for one in named if one.section in ("DataLoader.Eval", "VALID")), None)
    return train, val if isinstance(val, ListEntry) and os.path.isfile(config.place(val.path)) else None


def _dataset(config: ClasConfig, train: ListEntry, val: ListEntry | None) -> Dataset:
    parts = told_apart(tuple(part_of(config, one) for one in (train, val) if one is not None))
    cwd = "" if config.cwd is None else f" --cwd {config.cwd}"
    return Dataset(parts=parts, command=f"{config.file}{cwd}")


def _check_replaceable(out: Path) -> None:
    if not os.path.lexists(out):
        return
    if out.is_dir() and (out / OVERRIDES).is_file() and {file.name for file in out.iterdir()} <= _OURS:
        return
    raise ConfigError(
        f"-o must be a new folder or an earlier one of this command; got '{out}', which is neither",
        hint="choose another -o",
    )
