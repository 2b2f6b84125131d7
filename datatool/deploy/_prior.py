"""From the shares a model was trained on to the shares it will meet.

P(y | x) under another prior is proportional to P(y | x) x deploy(y) / train(y): with logits, an addition of
log deploy - log train (Menon et al. 2021, arXiv 2007.07314, section 2). The shift is exact, since a plan's prior is.
What comes out is right only where the model's scores are calibrated under the shares it was trained on, and where the
pictures of each class look the same in use as in training (Saerens et al. 2002, Neural Computation 14:21).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError
from datatool.schemas import nearest


def read_prior(file: Path, /, *, names: Sequence[str]) -> dict[int, float]:
    """Read shares: JSON `{class: share}` by name or id, or a document with a `prior` by id, such as plan.json.

    Args:
        file: The file.
        names: Class names, id = place.

    Raises:
        ConfigError: If it is not JSON, names an unknown class or one class twice, or a share is negative or not a
            number.
    """
    try:
        value = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_unique)
    except OSError as error:
        raise ConfigError(f"a prior must be a readable file; got '{error.strerror}'", file=file) from None
    except ValueError as error:
        raise ConfigError(f"a prior must be JSON, class -> share; got '{error}'", file=file) from None
    is_document = isinstance(value, dict) and isinstance(value.get("prior"), dict)
    if is_document:
        value = value["prior"]
    if not isinstance(value, dict) or not value:
        raise ConfigError("a prior must be JSON, class -> share; got no class", file=file)
    shares: dict[int, float] = {}
    for key, share in value.items():
        index = _class_id(key, () if is_document else names, class_num=len(names), file=file)
        if index in shares:
            raise ConfigError(f"a prior must name each class once; '{key}' is class {index} again", file=file)
        shares[index] = _share(key, share, file)
    return shares


def log_ratio(deploy: Mapping[int, float], train: Mapping[int, float], /, *, class_num: int) -> NDArray[np.float32]:
    """What to add to logits, float32 (class_num,).

    A class with share 0 in ``deploy`` is never predicted. One that the model was never trained on has no share to be
    corrected: with a positive share in ``deploy`` its logit stays as it is.

    Raises:
        ConfigError: If the shares of ``deploy`` do not have a positive, finite sum, or no trained class has any of it.

    >>> log_ratio({0: 9, 1: 1}, {0: 0.5, 1: 0.5}, class_num=2).astype(float).round(3).tolist()
    [0.588, -1.609]
    """
    shares = np.array([deploy.get(index, 0.0) for index in range(class_num)], np.float64)
    trained = np.array([train.get(index, 0.0) for index in range(class_num)], np.float64)
    with np.errstate(over="ignore"):
        total = shares.sum()
    if not 0 < total < np.inf:
        raise ConfigError(f"a deployment prior must have shares with a positive, finite sum; got {total:g}")
    if not shares[trained > 0].any():
        raise ConfigError(
            "a deployment prior must have a positive share for a class the model was trained on; got none"
        )
    with np.errstate(divide="ignore"):
        ratio = np.log(shares / total) - np.log(np.where(trained > 0, trained, 1.0))
    return np.where((trained > 0) | (shares == 0), ratio, 0.0).astype(np.float32)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key '{next(key for key in keys if keys.count(key) > 1)}' twice")
    return found


def _class_id(key: str, names: Sequence[str], *, class_num: int, file: Path) -> int:
    if key in names:
        return list(names).index(key)
    if re.fullmatch("[0-9]{1,10}", key) and int(key) < class_num:
        return int(key)
    near = nearest(key, names)
    hint = None if near is None else f"did you mean '{near}'?"
    raise ConfigError(f"a class of the prior must be one of the model's {class_num}; got '{key}'", file=file, hint=hint)


def _share(key: str, share: Any, file: Path) -> float:
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= sys.float_info.max:
        raise ConfigError(f"a share must be a number of at least 0; '{key}' has {str(share)[:40]}", file=file)
    return float(share)
