"""I801 to I804: what `datatool suspects` found, shown with everything else."""

from __future__ import annotations

from typing import Final

from datatool.audit._check import Check, Lines
from datatool.audit._context import Context
from datatool.audit._suspects import suspect_lines
from datatool.schemas import plural

_REVIEW = "look at them in review.html of that folder, then `datatool clean` or `relabel --decisions FILE -o DIR`."


def _look(code: str, said: str) -> Lines:
    def describe(context: Context, count: int) -> tuple[str, str]:
        return f"{plural(count, 'row')} {said}", f"look at them in {context.options.suspects}/review.html"

    return Lines(sql=lambda context: suspect_lines(context, code), describe=describe)


SUSPECTS: Final = (
    Check(
        code="I801",
        name="label-to-review",
        when="the label is probably wrong",
        text=(
            "With `--suspects DIR`: `datatool suspects` found that another class fits the picture better, among as "
            "many rows as there probably are wrong labels. No row of a class under 20 rows, and at most a fifth of a "
            "class."
        ),
        example="",
        fix=_REVIEW,
        look=_look("I801", "whose label is probably wrong"),
        needs_suspects=True,
    ),
    Check(
        code="I802",
        name="outlier",
        when="the picture is unlike anything else",
        text=(
            "With `--suspects DIR`: the picture lies far from its k-th neighbour among all pictures. Rare classes are "
            "over-represented among them, so distance alone is no reason to drop a row."
        ),
        example="",
        fix=_REVIEW,
        look=_look("I802", "unlike any other picture"),
        needs_suspects=True,
    ),
    Check(
        code="I803",
        name="near-duplicate-by-features",
        when="two pictures, or one and the other's mirror image, have nearly the same features",
        text=(
            "With `--suspects DIR`: the cosine of the features of two pictures, or of one and the mirror image of the "
            "other, is above 0.98. This finds flips and slight crops that the hashes of W503 miss, in one split too."
        ),
        example="",
        fix=_REVIEW,
        look=_look("I803", "nearly the same as another picture, mirror images included"),
        needs_suspects=True,
    ),
    Check(
        code="I804",
        name="synthetic-unlike-class",
        when="a synthetic picture looks like another class",
        text=(
            "With `--suspects DIR`: a head trained on the real and the other synthetic rows takes the synthetic "
            "picture for another class, nine times as likely as its own."
        ),
        example="",
        fix=_REVIEW,
        look=_look("I804", "that are synthetic and look like another class"),
        needs_suspects=True,
    ),
)
