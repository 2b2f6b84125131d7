"""The head of a weight file in the model's: left alone, kept, or grown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from datatool.errors import CheckpointError
from datatool.frameworks import Array, Framework, Module
from datatool.models._freeze import join
from datatool.models._head_rows import HeadRows, head_rows, names_beside
from datatool.models._heads import check_growth, classifier_of, placed

HeadMode = Literal["new", "keep", "grow", "grow-hold"]


@dataclass(frozen=True, kw_only=True)
class HeadLoading:
    """How the head of a file goes into a model.

    Attributes:
        kit: Of the model.
        model: The model.
        tensors: Its tensors by full name.
        head: Name of its head.
        mode: `model.head`.
        names: Of its classes, id = place; empty where they are not known.
        file: The weight file.
    """

    kit: Framework
    model: Module
    tensors: Mapping[str, Any]
    head: str
    mode: HeadMode
    names: Sequence[str]
    file: Path

    def values(self, found: Mapping[str, Array], /) -> tuple[dict[str, Array], HeadRows | None]:
        """What to load into the head.

        Args:
            found: Arrays of the file under the model's names, in its layout.

        Returns:
            Values by name, and where the rows of the file's head went; nothing and None for a new head.

        Raises:
            CheckpointError: If the file's head does not fit ``mode``.
        """
        if self.mode == "new":
            return {}, None
        inside = self._inside(found)
        wanted = [name for name in self.tensors if name.startswith(f"{self.head}.")]
        absent = [name for name in wanted if name not in inside]
        if absent:
            raise CheckpointError(
                f"with model.head: {self.mode} the file must hold the head; '{absent[0]}' is missing",
                file=self.file,
                hint="set model.head to new for a freshly initialised head",
            )
        name, module = classifier_of(self.kit, self.model, self.head)
        own = {key: join(name, key) for key in self.kit.own_parameters(module)}
        grows = () if self.mode == "keep" else own.values()
        self._check_shapes({key: inside[key] for key in wanted if key not in grows})
        classifier, rows = self._classifier({key: inside[full] for key, full in own.items()}, own)
        return {**{key: inside[key] for key in wanted}, **classifier}, rows

    def said(self, found: Mapping[str, Array], rows: HeadRows | None, /) -> str:
        """What became of the head, in a few words."""
        if rows is None:
            return "new, the file's is left alone" if self._inside(found) else "new, the file has none"
        moved = sum(place != index for index, place in enumerate(rows.places))
        did = "kept" if self.mode == "keep" else f"grown from {len(rows.places)} classes"
        return f"{did}, {moved} rows moved to their classes' new ids" if moved else did

    def _inside(self, found: Mapping[str, Array]) -> dict[str, Array]:
        return {name: array for name, array in found.items() if name.startswith(f"{self.head}.")}

    def _classifier(self, old: Mapping[str, Array], own: Mapping[str, str]) -> tuple[dict[str, Array], HeadRows]:
        new = {key: self.kit.array(self.tensors[full]) for key, full in own.items()}
        num_rows, class_num = check_growth(old, new, layout=self.kit.layout)
        rows = head_rows(
            num_rows, names_beside(self.file), self.names, mode=self.mode, class_num=class_num, file=self.file
        )
        values = placed(old, new, rows.places, layout=self.kit.layout)
        return {own[key]: value for key, value in values.items()}, rows

    def _check_shapes(self, inside: Mapping[str, Array]) -> None:
        for name, array in inside.items():
            shape = tuple(int(size) for size in self.tensors[name].shape)
            if array.shape != shape:
                raise CheckpointError(
                    f"with model.head: keep the head must have the model's shape; '{name}' is {list(array.shape)}, "
                    f"the model has {list(shape)}",
                    file=self.file,
                    hint="the file has another class_num: set model.head to new, or to grow to keep its rows",
                )
