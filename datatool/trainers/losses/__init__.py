"""The loss of a step: cross-entropy, and what a recipe's `loss` section adds to it, a file each.

_term.py             Term, what every addition is, and the Scores that it sees
_table.py            key of the `loss` section -> term, in the order in which they apply
_loss.py             Loss: the terms of a recipe together
_logit_adjust.py     logits moved by the log of the prior
_ldam.py             margins, larger for rarer classes
_label_smoothing.py  targets softened
_focal.py            easy rows count less
_ohem.py             only the hardest rows of a batch count
_distillation.py     mixed with what a teacher says
"""

from __future__ import annotations

from datatool.trainers.losses._distillation import distilled
from datatool.trainers.losses._loss import Loss
from datatool.trainers.losses._table import TERMS
from datatool.trainers.losses._term import Scores, Term

__all__ = ["TERMS", "Loss", "Scores", "Term", "distilled"]
