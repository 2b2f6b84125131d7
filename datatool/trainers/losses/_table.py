"""The terms by their keys in a recipe's `loss` section."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from datatool.trainers.losses._focal import Focal
from datatool.trainers.losses._label_smoothing import LabelSmoothing
from datatool.trainers.losses._ldam import Ldam
from datatool.trainers.losses._logit_adjust import LogitAdjust
from datatool.trainers.losses._ohem import Ohem
from datatool.trainers.losses._term import Term

# In the order in which they apply.
TERMS: Final[dict[str, Callable[[float], Term]]] = {
    "logit_adjust": LogitAdjust,
    "ldam": Ldam,
    "label_smoothing": LabelSmoothing,
    "focal": Focal,
    "ohem": Ohem,
}
