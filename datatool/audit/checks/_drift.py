"""I901: what is no finding changed since the baseline."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Found
from datatool.audit._context import Context
from datatool.audit._drift import LEAST, drift_text
from datatool.audit._homogeneity import ALPHA, POWER
from datatool.schemas import Example


def _find(context: Context) -> Found | None:
    changed = [one for one in context.drift if one.changed]
    if not changed:
        return None
    return Found(
        count=len(changed),
        message="; ".join(drift_text(one) for one in changed),
        hint="see row by row what changed with datatool diff OLD NEW; where use changed too, predict --estimate-prior",
        examples=[
            Example(text=f"{key}: {100 * before:.1f} -> {100 * now:.1f} %", reason=f"{one.what} changed")
            for one in changed
            for key, (before, now) in one.most.items()
        ][: context.options.max_examples],
    )


DRIFT: Final = Check(
    code="I901",
    name="drift",
    when="with `--baseline`, shares of classes, sources, formats, sizes or confidences are not those of before",
    text=(
        "With `--baseline`: shares of classes and sources of train, with `--images` formats and sizes, and with "
        f"`--model` confidences differ by more than chance, by Pearson's chi-squared test at {ALPHA:g}: nm/(n+m) times "
        "the sum of (p-q)^2/r, for n rows before and m now with shares p and q, r those of both. Under "
        f"{100 * LEAST:g} % of the rows it is silent. Each comparison (`drift` in `audit.json`) says from which total "
        f"variation on these sizes show a change with power {POWER:g}, sqrt(L(n+m)/(4nm)), L the "
        "non-centrality of the test, and how many rows would show the change seen."
    ),
    example=(
        "before:\na#.jpg 0 (60 times)\nb#.jpg 1 (60 times)\ntrain.txt:\na#.jpg 0 (100 times)\nb#.jpg 1 (20 times)\n"
    ),
    fix="look at `datatool diff OLD NEW`; balance and evaluate for the shares that the model will meet.",
    look=_find,
)
