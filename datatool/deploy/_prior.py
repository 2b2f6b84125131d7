"""From the shares a model was trained on to the shares it will meet.

P(y | x) under another prior is proportional to P(y | x) x deploy(y) / train(y): with logits, an addition of
log deploy - log train (Menon et al. 2021, arXiv 2007.07314, section 2). A plan's prior is exact, so this is too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError
from datatool.schemas import nearest


def read_prior(file: Path, /, *, names: Sequence[str]) -> dict[int, float]:
    """Read shares: JSON `{class: share}` by id or name, or a document with a `prior` such as plan.json.

    Args:
        file: The file.
        names: Class names, id = place.

    Raises:
        ConfigError: If it is not JSON, names an unknown class, or a share is negative or not a number.
    """
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"a prior must be JSON, class -> share; got '{error}'", file=file) from None
    if isinstance(value, dict) and isinstance(value.get("prior"), dict):
        value = value["prior"]
    if not isinstance(value, dict) or not value:
        raise ConfigError("a prior must be JSON, class -> share; got no class", file=file)
    return {_class_id(key, names, file): _share(key, share, file) for key, share in value.items()}


def log_ratio(deploy: Mapping[int, float], train: Mapping[int, float], /, *, class_num: int) -> NDArray[np.float32]:
    """What to add to logits, float32 (class_num,).

    A class the model was never trained on stays as it is; a class with share 0 in ``deploy`` is never predicted.

    >>> log_ratio({0: 9, 1: 1}, {0: 0.5, 1: 0.5}, class_num=2).astype(float).round(3).tolist()
    [0.588, -1.609]
    """
    shares = np.array([deploy.get(index, 0.0) for index in range(class_num)])
    trained = np.array([train.get(index, 0.0) for index in range(class_num)])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(shares / shares.sum()) - np.log(trained)
    return np.where(trained > 0, ratio, 0.0).astype(np.float32)


def _class_id(key: str, names: Sequence[str], file: Path) -> int:
    if key in names:
        return list(names).index(key)
    if key.isdecimal() and int(key) < len(names):
        return int(key)
    near = nearest(key, names)
    hint = None if near is None else f"did you mean '{near}'?"
    raise ConfigError(
        f"a class of the prior must be one of the model's {len(names)}; got '{key}'", file=file, hint=hint
    )


def _share(key: str, share: Any, file: Path) -> float:
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < float("inf"):
        raise ConfigError(f"a share must be a number of at least 0; '{key}' has {share!r}", file=file)
    return float(share)
