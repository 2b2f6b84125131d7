"""W210: a class without a usable row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example, plural

_ADD: Final = "add images, or take the class out of the names and the folders"
_SELECTED: Final = "nothing is missing: select: leaves them out; datatool relabel makes ids of the others dense"


def _find(context: Context) -> Found | None:
    census = context.census
    if not census.ids or context.names_are_shifted:
        return None
    present = {*census.ids, *context.reserved}  # what a map keeps is W202's
    names = context.rows.names or {}
    folders = {label: name for name, label in context.rows.folder_classes.items()}
    empty = sorted(label for label in {*names, *folders} if label not in present)
    if not empty:
        return None
    chosen = any(context.rows.is_selected(label) for label in empty)
    return Found(
        count=len(empty),
        message=f"{plural(len(empty), 'class')} without a usable row: {context.class_list(empty)}; class_num is "
        f"{census.class_num:,}",
        hint=_ADD if chosen else _SELECTED,
        examples=[
            Example(
                file=context.names_file,
                text=f"{label} {names.get(label, '')}",
                reason=_reason(context, label, folders),
            )
            for label in empty[: context.options.max_examples]
        ],
    )


def _reason(context: Context, label: int, folders: Collection[int]) -> str:
    if not context.rows.is_selected(label):
        return "select: leaves its rows out"
    return "the class folder holds no image that is read" if label in folders else "no row has this id"


CLASS_WITHOUT_IMAGES: Final = Check(
    code="W210",
    name="class-without-images",
    when="a class folder, or an id of the names file, has no usable row",
    text=(
        "A class has a folder or a line in the names file and no usable row: its folder is empty or holds only files "
        "that are not read (I211), or its rows are missing. It counts for `class_num` where its folder or a names file "
        "that was given says so; W202 does not name it again."
    ),
    example="classes.txt:\n0 cat\n1 dog\n2 bird\ntrain.txt:\na.jpg 0\nb.jpg 2\n",
    fix="add images, or take the class out.",
    look=_find,
)
