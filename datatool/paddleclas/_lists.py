"""Every list that a YAML names, and every data set that is no list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from datatool.errors import ConfigError
from datatool.paddleclas._config import ClasConfig
from datatool.paddleclas._datasets import LISTS, OTHERS, SIX_SECTION_RULE, UNKNOWN, ListKind
from datatool.schemas import LineRule

_MODES: Final = ("Train", "UnLabelTrain", "Eval", "Test", "Gallery", "Query")


@dataclass(frozen=True, kw_only=True)
class ListEntry:
    """A list of a YAML.

    Attributes:
        section: Dotted place of its section: `DataLoader.Train`, `DataLoader.Eval.Query`, `TRAIN`.
        key: Dotted key of the list's path.
        root_key: Dotted key of the images' root.
        dataset: Name of the data set that reads it.
        path: The list, as the YAML has it.
        root: The root, as the YAML has it.
        rule: How a line is read.
        relabel: Whether ids are numbered anew.
        kind: What reads it; None in six-section files.
        batch_size: Of each device; over all devices in six-section files.
        drop_last: Whether the last batch is left out where it is not whole.
        sampler: Name of the sampler; None where there is none.
    """

    section: str
    key: str
    root_key: str
    dataset: str
    path: str
    root: str
    rule: LineRule
    relabel: bool
    kind: ListKind | None
    batch_size: int | None
    drop_last: bool
    sampler: str | None

    @property
    def mode(self) -> str:
        """Train, Eval, Query and so on; the last part of the section."""
        return {"TRAIN": "Train", "VALID": "Eval"}.get(self.section, self.section.rpartition(".")[2])


@dataclass(frozen=True, kw_only=True)
class OtherEntry:
    """A data set that is not audited.

    Attributes:
        section: Dotted place of its section.
        dataset: Its name.
        reason: Why.
    """

    section: str
    dataset: str
    reason: str


def entries(config: ClasConfig, /) -> list[ListEntry | OtherEntry]:
    """What the YAML names, in its order.

    Raises:
        ConfigError: If it names nothing, or a list without path or root.
    """
    found = list(_six(config) if config.form == "six-section" else _sections(config))
    if not found:
        raise ConfigError(
            "a YAML must name a data set under DataLoader.Train or DataLoader.Eval; got none", file=config.file
        )
    return found


def lists(config: ClasConfig, /) -> list[ListEntry]:
    """Only the lists."""
    return [entry for entry in entries(config) if isinstance(entry, ListEntry)]


def check_for_export(config: ClasConfig, /) -> None:
    """Whether a YAML can evaluate a model of ours by overrides.

    Raises:
        ConfigError: If it has six sections, or no flat Eval.
    """
    if config.form == "six-section" or config.get("DataLoader.Eval.dataset") is None:
        raise ConfigError(
            "--for must name a YAML with DataLoader.Eval.dataset; got one without",
            file=config.file,
            hint="take one of ppcls/configs/ImageNet",
        )


def _sections(config: ClasConfig) -> Iterator[ListEntry | OtherEntry]:
    loaders = config.get("DataLoader", {})
    if not isinstance(loaders, dict):
        raise ConfigError("DataLoader must be a section; got a value", file=config.file)
    for mode, inside in loaders.items():
        if mode not in _MODES or not isinstance(inside, dict):
            continue
        if isinstance(inside.get("dataset"), dict):
            yield _entry(config, f"DataLoader.{mode}")
            continue
        nested = [
            name for name, one in inside.items() if isinstance(one, dict) and isinstance(one.get("dataset"), dict)
        ]
        if not nested:
            raise ConfigError(
                f"DataLoader.{mode} must have a section 'dataset'; got {inside.get('dataset')!r}", file=config.file
            )
        for name in nested:
            yield _entry(config, f"DataLoader.{mode}.{name}")


def _entry(config: ClasConfig, section: str) -> ListEntry | OtherEntry:
    given = config.get(f"{section}.dataset")
    name = str(given.get("name", ""))
    kind = LISTS.get(name)
    if kind is None:
        return OtherEntry(section=section, dataset=name, reason=OTHERS.get(name, UNKNOWN))
    delimiter = given.get("delimiter")
    key, root_key = f"{section}.dataset.cls_label_path", f"{section}.dataset.image_root"
    return ListEntry(
        section=section,
        key=key,
        root_key=root_key,
        dataset=name,
        path=_text(config, key),
        root=_text(config, root_key),
        rule=kind.rule(None if delimiter is None else _delimiter(config, f"{section}.dataset.delimiter", delimiter)),
        relabel=kind.takes_relabel and bool(given.get("relabel")),
        kind=kind,
        batch_size=_count(config.get(f"{section}.sampler.batch_size")),
        drop_last=bool(config.get(f"{section}.sampler.drop_last")),
        sampler=config.get(f"{section}.sampler.name"),
    )


def _six(config: ClasConfig) -> Iterator[ListEntry]:
    for section in ("TRAIN", "VALID"):
        if not isinstance(config.get(section), dict):
            continue
        key, root_key = f"{section}.file_list", f"{section}.data_dir"
        delimiter = _delimiter(config, f"{section}.delimiter", config.get(f"{section}.delimiter", " "))
        yield ListEntry(
            section=section,
            key=key,
            root_key=root_key,
            dataset="CommonDataset",
            path=_text(config, key),
            root=_text(config, root_key),
            rule=LineRule(
                reader=SIX_SECTION_RULE.reader, delimiter=delimiter, num_columns=SIX_SECTION_RULE.num_columns
            ),
            relabel=False,
            kind=None,
            batch_size=_count(config.get(f"{section}.batch_size")),
            drop_last=section == "TRAIN",
            sampler="DistributedBatchSampler",
        )


def _text(config: ClasConfig, key: str) -> str:
    value = config.get(key)
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key} must be a path; got {value!r}", file=config.file)
    return value


def _delimiter(config: ClasConfig, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{key} must be a text that is not empty; got {value!r}", file=config.file)
    return value


def _count(value: Any) -> int | None:
    return value if type(value) is int else None
