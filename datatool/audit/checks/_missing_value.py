"""W209: a class that is named as missing values are."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example, plural

_MISSING: Final = frozenset({"nan", "-nan", "none", "null", "n/a", "#n/a", "<na>", "na"})


def _find(context: Context) -> Found | None:
    found = [name for name in context.class_names if name.strip().lower() in _MISSING]
    if not found:
        return None
    return Found(
        count=len(found),
        message=f"{plural(len(found), 'class')} named as a missing value is: {', '.join(map(repr, found))}",
        hint="label these rows, or leave them out",
        examples=[_example(context, name) for name in found[: context.options.max_examples]],
    )


def _example(context: Context, name: str) -> Example:
    word = name.replace("'", "''")
    places = context.query(f"SELECT file::VARCHAR, line, path FROM words WHERE word = '{word}' ORDER BY ALL LIMIT 1")
    if not places and context.rows.labels_are_names:
        [label] = [label for label, one in (context.rows.names or {}).items() if one == name][:1]
        places = context.query(
            f"SELECT file::VARCHAR, line, path FROM $rows WHERE label = {label} ORDER BY file, line LIMIT 1"
        )
    for file, line, path in places:
        return Example(file=file, line=line, text=f"{path} {name}", reason=f"the label is '{name}'")
    return Example(file=context.names_file, text=name, reason="the name of a class")


MISSING_VALUE_CLASS: Final = Check(
    code="W209",
    name="missing-value-class",
    when="a class is named nan, none, null or n/a",
    text=(
        "A class is named `nan`, `none`, `null` or `n/a`: what programs write where a label is missing. Trained on, it "
        "is a class of everything that nobody labelled. An empty label is E101."
    ),
    example="a.jpg cat\nb.jpg nan\n",
    fix="label these rows, or leave them out; rename the class if it is one.",
    look=_find,
)
