"""W207: names that are numbers, of other ids."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.schemas import Example, plural, whole_number


def _find(context: Context) -> Found | None:
    names = context.rows.names or {}
    wrong = [label for label, name in sorted(names.items()) if whole_number(name.strip()) not in (None, label)]
    if not wrong:
        return None
    shown = ", ".join(f"'{names[label]}' has id {label}" for label in wrong[:3])
    return Found(
        count=len(wrong),
        message=f"{plural(len(wrong), 'class')} named by a number that is not its id: {shown}",
        hint="give --names FILE with a line `id name` for each class, such as `10 10`",
        examples=[
            Example(file=context.names_file, text=names[label], reason=f"the name is a number, the id is {label}")
            for label in wrong[: context.options.max_examples]
        ],
    )


NUMERIC_NAMES: Final = Check(
    code="W207",
    name="numeric-names",
    when="class folders or names are numbers and their ids are others",
    text=(
        "Class folders or names are numbers, and their ids are other numbers: sorted as text `10` stands before `2`. "
        "A list, a model or a colleague that takes the numbers for ids means other classes."
    ),
    example="classes.txt:\n0 1\n1 10\n2 2\ntrain.txt:\na.jpg 0\nb.jpg 1\nc.jpg 2\n",
    fix="give `--names FILE` with lines `id name` that say which is meant.",
    look=_find,
)
