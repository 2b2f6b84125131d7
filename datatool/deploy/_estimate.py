"""Class shares where a model is used, estimated from its own predictions.

With training shares t and posteriors p(c | x) that carry them, the shares s in use are the fixed point of

    s(c) <- mean over images of  p(c | x) s(c) / t(c)  /  sum over k of  p(k | x) s(k) / t(k)

which raises the likelihood of the images in every step (expectation maximisation; Saerens, Latinne, Decaestecker,
"Adjusting the outputs of a classifier to new a priori probabilities", Neural Computation 14, 2002). It holds for a
calibrated model whose classes look in use as they did in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from datatool.errors import ConfigError
from datatool.evaluation import softmax
from datatool.schemas import PriorDocument, atomic_file

_MOST: Final = 100_000  # images held; shares of more are the same to a third of a percent
_STEPS: Final = 1_000
_TOLERANCE: Final = 1e-7  # largest change of a share in the last step

Floats = NDArray[np.float64]


class PriorEstimate:
    """Collects logits, and estimates the shares of the classes they come from.

    Of more than 100,000 images a random sample is kept (reservoir, seeded).

    Args:
        train: class -> share that the logits carry.
        class_num: Outputs of the model.
    """

    def __init__(self, train: Mapping[int, float], /, *, class_num: int) -> None:
        self._train = np.array([train.get(index, 0.0) for index in range(class_num)], np.float64)
        self._kept: list[NDArray[np.float32]] = []
        self._seen = 0
        self._random = np.random.default_rng(0)

    def add(self, logits: NDArray[np.float32], /) -> None:
        """Take logits, float32 (N, class_num)."""
        for row in logits:
            self._seen += 1
            if len(self._kept) < _MOST:
                self._kept.append(row.copy())
                continue
            at = int(self._random.integers(self._seen))
            if at < _MOST:
                self._kept[at] = row.copy()

    def document(self) -> PriorDocument:
        """The estimate.

        Raises:
            ConfigError: If there was no image, or the model says of no class how often it was trained on.
        """
        if not self._kept:
            raise ConfigError("--estimate-prior must see an image that can be read; got none")
        if not (self._train > 0).any():
            raise ConfigError("--estimate-prior must know the model's training shares; got none")
        shares, steps = estimate(softmax(np.stack(self._kept)), self._train)
        return PriorDocument(
            prior={index: round(float(share), 9) for index, share in enumerate(shares) if self._train[index] > 0},
            train={index: float(share) for index, share in enumerate(self._train) if share > 0},
            images=self._seen,
            steps=steps,
        )

    def write(self, file: Path, /) -> PriorDocument:
        """Write the estimate as JSON that `--deploy-prior` reads."""
        made = self.document()
        with atomic_file(file) as temporary:
            temporary.write_text(made.to_json(), encoding="utf-8")
        return made


def estimate(posterior: NDArray[np.floating], train: Floats, /) -> tuple[Floats, int]:
    """Shares of the classes, float64 (C,), and the steps that it took.

    Args:
        posterior: (N, C), rows summing to 1, which carry ``train``.
        train: float64 (C,); a class with share 0 gets none.

    >>> sure = np.array([[0.99, 0.01]] * 9 + [[0.01, 0.99]])
    >>> estimate(sure, np.array([0.5, 0.5]))[0].round(2).tolist()
    [0.91, 0.09]
    """
    trained = train > 0
    ratio = np.divide(posterior, train, out=np.zeros(posterior.shape), where=trained)
    shares = np.where(trained, train / train.sum(), 0.0)
    for step in range(1, _STEPS + 1):
        weighted = ratio * shares
        weighted /= np.maximum(weighted.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        new = weighted.mean(axis=0)
        if np.abs(new - shares).max() < _TOLERANCE:
            return new / new.sum(), step
        shares = new
    return shares / shares.sum(), _STEPS
