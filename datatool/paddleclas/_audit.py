"""Every list of a YAML, audited in one run, each as PaddleClas reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from datatool.audit import CHECKS
from datatool.errors import ConfigError
from datatool.paddleclas._class_num import ClassNum, class_num_of
from datatool.paddleclas._config import ClasConfig
from datatool.paddleclas._findings import (
    CLASS_NUM_BY_DEFAULT,
    CODES,
    KEY_CREATED,
    NAMES_LOST,
    NO_FULL_BATCH,
    NOT_AUDITED,
    PLACE_MISSING,
)
from datatool.paddleclas._groups import Audited, audit_group, group
from datatool.paddleclas._lists import ListEntry, OtherEntry, entries
from datatool.paddleclas._names import MapFile, map_file
from datatool.schemas import ClasFinding, ClasNotAudited, Example, PaddleClasAudit

_ORDER: Final = ("error", "warning", "info")


def audit_config(
    config: ClasConfig, /, *, ignore: frozenset[str] = frozenset(), images: bool = False
) -> PaddleClasAudit:
    """Audit every list that a YAML names.

    Args:
        config: From `read_config`.
        ignore: Codes that are not reported.
        images: Read the images too.

    Raises:
        ConfigError: If the YAML names no data set, or ``ignore`` an unknown code.
    """
    unknown = sorted(code for code in ignore if code not in CODES and code not in CHECKS)
    if unknown:
        raise ConfigError(f"--ignore must name a known code; got '{unknown[0]}'", hint="see docs/paddleclas.md")
    named = entries(config)
    lists = [entry for entry in named if isinstance(entry, ListEntry)]
    others = [entry for entry in named if isinstance(entry, OtherEntry)]
    class_num, names = class_num_of(config), map_file(config)
    missing = {entry.section: finding for entry in lists if (finding := _missing(config, entry)) is not None}
    audited = [
        audit_group(
            config,
            each,
            class_num=class_num,
            names=names,
            ignore=frozenset(code for code in ignore if code in CHECKS),
            images=images,
        )
        for each in group([entry for entry in lists if entry.section not in missing])
    ]
    needed = max((one.class_num for one in audited), default=0)
    found = [
        *missing.values(),
        *_about_keys(config, class_num, needed),
        *_not_audited(lists, others),
        *(finding for one in audited for finding in one.findings(config, class_num)),
        *(finding for one in audited for finding in _about_batches(one)),
        *_about_names(names, needed),
    ]
    return PaddleClasAudit(
        yaml=str(config.file),
        cwd=str((config.cwd or Path()).resolve()),
        form=config.form,
        class_num=class_num.value,
        class_num_key=None if class_num.is_default else class_num.key,
        class_num_needed=needed,
        lists=[one for each in audited for one in each.lists()],
        not_audited=[ClasNotAudited(key=one.section, dataset=one.dataset, reason=one.reason) for one in others],
        findings=sorted(
            (one for one in found if one.code not in ignore), key=lambda one: (_ORDER.index(one.severity), one.code)
        ),
    )


def _missing(config: ClasConfig, entry: ListEntry) -> ClasFinding | None:
    gone = [
        (key, written, config.place(written))
        for key, written in ((entry.key, entry.path), (entry.root_key, entry.root))
        if not os.path.exists(config.place(written))
    ]
    if not gone:
        return None
    return PLACE_MISSING.found(
        f"'{gone[0][1]}' is not there; PaddleClas raises AssertionError: path {gone[0][1]} does not exist.",
        keys=[key for key, _, _ in gone],
        count=len(gone),
        hint="paths of a YAML are relative to the folder that PaddleClas runs in: name that with --cwd",
        examples=[Example(file=place, reason="is not there") for _, _, place in gone],
    )


def _about_keys(config: ClasConfig, class_num: ClassNum, needed: int) -> Iterator[ClasFinding]:
    if class_num.is_default:
        yield CLASS_NUM_BY_DEFAULT.found(
            f"no key says class_num: PaddleClas takes its default, {class_num.value:,}",
            keys=[class_num.key],
            hint=f"""give -o "{class_num.key}={needed}\"""" if needed else "",
        )
    if class_num.ignored is not None:
        yield CLASS_NUM_BY_DEFAULT.found(
            f"{class_num.ignored} has no effect where {class_num.key} is given", keys=[class_num.ignored]
        )
    for key in class_num.also:
        if config.get(key) != class_num.value:
            yield CLASS_NUM_BY_DEFAULT.found(
                f"{key} is {config.get(key)} and {class_num.key} is {class_num.value}: their logits cannot be compared",
                keys=[key],
            )
    for key in config.created:
        yield KEY_CREATED.found(
            f"-o {key} names a key that the YAML does not have; PaddleClas makes it, and it may have no effect",
            keys=[key],
            hint="compare its spelling with the YAML: Train and Eval begin with a capital letter",
        )


def _not_audited(lists: Sequence[ListEntry], others: Sequence[OtherEntry]) -> Iterator[ClasFinding]:
    for other in others:
        yield NOT_AUDITED.found(
            f"{other.dataset or 'a data set without a name'} is not audited: {other.reason}", keys=[other.section]
        )
    for entry in lists:
        if entry.kind is not None and entry.kind.retrieval:
            yield NOT_AUDITED.found(
                f"{entry.dataset} is a set for retrieval: its lines are read, its identities are not audited",
                keys=[entry.section],
            )


def _about_batches(audited: Audited) -> Iterator[ClasFinding]:
    for one in audited.lists():
        entry, _ = audited.listed[one.path]
        if entry.mode == "Train" and entry.drop_last and entry.batch_size and 0 < one.rows < entry.batch_size:
            yield NO_FULL_BATCH.found(
                f"{one.rows:,} rows make no batch of {entry.batch_size:,}, and drop_last leaves out what is not whole: "
                "PaddleClas trains 0 steps and ends with exit code 0",
                keys=[entry.key],
                hint="take a smaller sampler.batch_size",
            )


def _about_names(names: MapFile | None, needed: int) -> Iterator[ClasFinding]:
    if names is None:
        return
    if names.fault is not None:
        yield NAMES_LOST.found(
            f"'{names.path}' is not read as names: {names.fault}; PaddleClas goes on without names",
            keys=[names.key],
            hint="write one `id name` line for each class",
        )
    elif needed and len(names.ids) > needed:
        yield NAMES_LOST.found(
            f"'{names.path}' names {len(names.ids):,} classes and the lists need {needed:,}: predictions would be "
            "shown under another data set's names",
            keys=[names.key],
            hint="give the names of this data set",
        )
