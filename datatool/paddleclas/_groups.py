"""Lists that belong to one model, audited together by the checks of every data set."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from datatool.audit import AuditOptions, audit
from datatool.paddleclas._class_num import ClassNum
from datatool.paddleclas._config import ClasConfig
from datatool.paddleclas._ids import check_relabel, ids_of, needed
from datatool.paddleclas._lists import ListEntry
from datatool.paddleclas._names import MapFile
from datatool.rows import open_rows, told_apart
from datatool.schemas import AuditDocument, ClasFinding, ClasList, Dataset, Finding, Part

_SPLITS: Final = {"Train": "train", "UnLabelTrain": "train", "Eval": "val"}
_JOINED: Final = ("DataLoader.Train", "DataLoader.Eval", "TRAIN", "VALID")
_ALWAYS: Final = frozenset({"E108", "W210"})  # an absolute path wins over the root there; the file of names has W954
_RELABELLED: Final = frozenset({"W201", "W202", "W205", "W206"})  # of ids that do not reach the model
_ABOUT_TRAIN: Final = ("W6", "I6", "W7", "I7")  # counts are of the list that is trained on
_ABOUT_CLASS_NUM: Final = frozenset({"E203", "I204"})


@dataclass(frozen=True, kw_only=True)
class Audited:
    """Lists that were audited together.

    Attributes:
        listed: File, as the audit names it -> entry, and ids in order of first sight.
        document: Their audit.
        for_model: Whether their ids are those of the model's outputs.
    """

    listed: dict[str, tuple[ListEntry, list[int]]]
    document: AuditDocument
    for_model: bool

    def findings(self, config: ClasConfig, class_num: ClassNum, /) -> Iterator[ClasFinding]:
        """Findings of the lists, each with the keys that it is about."""
        for finding in self.document.findings:
            keys = [class_num.key] if finding.code in _ABOUT_CLASS_NUM else self._keys(finding)
            if finding.code == "W701" and self.for_model:
                hint = f"datatool paddleclas balance {shlex.quote(str(config.file))} --strategy oversample -o DIR"
                finding = finding.model_copy(update={"hint": hint})
            yield ClasFinding(**finding.model_dump(), keys=keys)
        relabel = check_relabel(self.listed) if self.for_model else None
        if relabel is not None:
            yield relabel

    def lists(self) -> Iterator[ClasList]:
        """What each list is."""
        rows = {file.path: file.rows for file in self.document.files}
        for file, (entry, ids) in self.listed.items():
            yield ClasList(
                key=entry.key,
                dataset=entry.dataset,
                path=file,
                root=entry.root,
                delimiter=entry.rule.delimiter,
                relabel=entry.relabel,
                rows=rows.get(file, 0),
                classes=len(ids),
                class_num=needed(entry, ids),
                counts_for_model=self.for_model,
            )

    @property
    def class_num(self) -> int:
        """Outputs that the lists need; 0 where their ids are not those of the model."""
        return max((needed(entry, ids) for entry, ids in self.listed.values()), default=0) if self.for_model else 0

    def _keys(self, finding: Finding) -> list[str]:
        """Keys of the lists that the finding's places are in; of all where it has none."""
        named = {example.file for example in finding.examples}
        trained = [entry.key for entry, _ in self.listed.values() if entry.mode == "Train"]
        if trained and finding.code.startswith(_ABOUT_TRAIN):
            return trained
        found = [entry.key for file, (entry, _) in self.listed.items() if file in named]
        return found or [entry.key for entry, _ in self.listed.values()]


def group(present: Sequence[ListEntry], /) -> list[list[ListEntry]]:
    """Train and a flat Eval together, since they have the ids of one model; every other list by itself."""
    joined = [entry for entry in present if entry.section in _JOINED and not _is_retrieval(entry)]
    return [*([joined] if joined else []), *([entry] for entry in present if entry not in joined)]


def audit_group(
    config: ClasConfig,
    entries: Sequence[ListEntry],
    /,
    *,
    class_num: ClassNum,
    names: MapFile | None,
    ignore: frozenset[str],
    images: bool,
) -> Audited:
    """Audit lists that belong together.

    Args:
        config: The YAML.
        entries: Lists that are there.
        class_num: Of the model.
        names: The file of class names.
        ignore: Codes of `datatool.audit` that are not reported.
        images: Read the images too.
    """
    parts = told_apart(tuple(part_of(config, entry) for entry in entries))
    for_model = entries[0].mode in ("Train", "Eval")
    relabels = any(entry.relabel for entry in entries)
    dataset = Dataset(
        parts=parts,
        found_names=names.path if names is not None and names.is_ours and for_model and not relabels else None,
        command=_command(parts),
    )
    options = AuditOptions(
        class_num=class_num.value if for_model and not relabels else None,
        allow_outside_root=True,
        ignore=ignore | _ALWAYS | (_RELABELLED if relabels else frozenset()),
        images=images,
    )
    with open_rows(dataset) as rows:
        ids = ids_of(rows)
        document = audit(rows, options=options)
    listed = {part.path: (entry, ids.get(part.path, [])) for part, entry in zip(parts, entries, strict=True)}
    return Audited(listed=listed, document=document, for_model=for_model)


def part_of(config: ClasConfig, entry: ListEntry, /) -> Part:
    """A list as a part of a data set, read by PaddleClas's rule."""
    return Part(
        kind="list",
        path=config.place(entry.path),
        root=Path(config.place(entry.root)),
        split=_SPLITS.get(entry.mode, "test"),
        is_split=True,
        rule=entry.rule,
    )


def _is_retrieval(entry: ListEntry) -> bool:
    return entry.kind is not None and entry.kind.retrieval


def _command(parts: Sequence[Part]) -> str:
    """The arguments that name these lists to other commands, for hints."""
    words = [parts[0].path]
    for part in parts[1:]:
        words += ["--split", f"{part.split}={part.path}"]
    return shlex.join([*words, "--root", str(parts[0].root)])
