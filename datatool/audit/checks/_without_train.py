"""E505: a class that is tested and never trained."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import EVAL_SPLITS, TRAIN, Example, plural


def _find(context: Context) -> Found | None:
    if TRAIN not in context.census.splits:
        return None
    cells = context.census.cells
    trained = cells.get(TRAIN, {}).keys()
    orphans = sorted({label for split in EVAL_SPLITS for label in cells.get(split, {}) if label not in trained})
    if not orphans:
        return None
    return Found(
        count=len(orphans),
        message=f"{plural(len(orphans), 'class')} in val or test without a row in train: {context.class_list(orphans)}",
        hint="add training images, or leave the class out with select: in a dataset file",
        examples=_first_rows(context, orphans[: context.options.max_examples]),
    )


def _first_rows(context: Context, labels: list[int]) -> list[Example]:
    listed = ", ".join(map(str, labels))
    found = context.query(
        "SELECT label, min_by({file: file::VARCHAR, line: line, path: path, split: split::VARCHAR}, line) "
        f"FROM $rows WHERE label IN ({listed}) GROUP BY label"
    )
    first = dict(reversed(found))
    return [
        Example(
            file=place["file"],
            line=place["line"],
            text=f"{place['path']} {label}",
            reason=f"class {context.class_name(label)} stands in {place['split']} and not in train",
        )
        for label, place in sorted(first.items())
    ]


CLASS_WITHOUT_TRAIN: Final = Check(
    code="E505",
    name="class-without-train",
    when="a class of val or test has no train row",
    text="A class of val or test has no row in train, where train was given: its recall is 0 by construction.",
    example="train.txt:\na.jpg 0\nval.txt:\nb.jpg 1\n",
    fix="add training images, or leave the class out with `select:` in a dataset file.",
    look=_find,
)
