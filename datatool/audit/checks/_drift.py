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
        "With `--baseline`: shares of classes and sources of train, and with `--images` formats and sizes, and with "
        "`--model` a model's confidences, differ from the earlier audit by more than chance.\n\nEach is tested by itself "
        f"with Pearson's chi-squared test of homogeneity at {ALPHA:g}: with n rows before, m now, shares p and q "
        "and r of both, X2 = n m / (n + m) x sum((p - q)^2 / r), rare categories joined. Changes of less than "
        f"{100 * LEAST:g} % of the rows are not reported.\n\n"
        f"Each comparison says what these sizes can show: with a power of {100 * POWER:g} % any change whose total "
        "variation is at least sqrt(L (n + m) / (4 n m)), where L is the non-centrality that the test needs; and how "
        "many rows now would show a change of the size seen. All of them, those without a change included, are printed "
        "and stand in `drift` of `audit.json`."
    ),
    example=(
        "before:\na#.jpg 0 (60 times)\nb#.jpg 1 (60 times)\ntrain.txt:\na#.jpg 0 (100 times)\nb#.jpg 1 (20 times)\n"
    ),
    fix="look at `datatool diff OLD NEW`; balance and evaluate for the shares that the model will meet.",
    look=_find,
)
