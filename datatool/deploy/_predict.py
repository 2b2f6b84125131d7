"""Predictions of an exported model on images, in order, bad images named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datatool.deploy._predictor import Predictor
from datatool.deploy._prior import log_ratio
from datatool.errors import CheckpointError, ConfigError
from datatool.progress import progress

if TYPE_CHECKING:
    from datatool.loader import Batch


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One image.

    Attributes:
        path: As it was opened.
        classes: int64 (K,), the likeliest first; empty where the image cannot be read.
        scores: float32 (K,), softmax.
        error: Why the image cannot be read.
        threshold: Least score of an answer; None where the model has none.
    """

    path: str
    classes: NDArray[np.int64]
    scores: NDArray[np.float32]
    error: str | None = None
    threshold: float | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the likeliest class reaches the threshold."""
        return len(self.scores) > 0 and (self.threshold is None or float(self.scores[0]) >= self.threshold)

    def to_dict(self, names: Sequence[str], /) -> dict[str, Any]:
        """`{"path", "topk": [{"class", "name", "score"}]}`, and `error` where there is one.

        Where the model has a threshold there is `answer`: the first of `topk`, or None below it.
        """
        pairs = zip(self.classes.tolist(), self.scores.tolist(), strict=True)
        topk = [{"class": index, "name": names[index], "score": round(score, 6)} for index, score in pairs]
        line: dict[str, Any] = {"path": self.path}
        if self.threshold is not None:
            line["answer"] = topk[0] if self.is_answered else None
        line["topk"] = topk
        return line if self.error is None else {**line, "error": self.error}


def predict(
    model: Predictor,
    paths: Sequence[str],
    /,
    *,
    topk: int = 5,
    batch_size: int = 32,
    num_threads: int | None = None,
    deploy_prior: Mapping[int, float] | None = None,
    on_logits: Callable[[NDArray[np.float32]], None] | None = None,
) -> Iterator[Prediction]:
    """Predict every image once, in order.

    Args:
        model: Opened.
        paths: Image files.
        topk: Classes per image, at most class_num.
        batch_size: Images per call of the model.
        num_threads: That read and decode; None is one per usable CPU.
        deploy_prior: class -> share where the model will be used; None takes the one that the model was calibrated
            for, and leaves the training prior in where it was not.
        on_logits: Is given the logits of images that can be read, float32 (N, class_num), divided by the temperature
            where the model was calibrated.

    Raises:
        ConfigError: If ``topk`` is below 1, or no prediction can be made of ``deploy_prior``.
        CheckpointError: If the model does not give class_num finite logits per image.
    """
    if topk < 1:
        raise ConfigError(f"--topk must be at least 1; got {topk}")
    meta = model.meta
    calibration = meta.calibration
    if deploy_prior is None and calibration is not None:
        deploy_prior = calibration.prior
    shift = None if deploy_prior is None else log_ratio(deploy_prior, meta.prior, class_num=meta.class_num)
    temperature = 1.0 if calibration is None else calibration.temperature
    threshold = None if calibration is None else calibration.threshold
    with (
        model.loader(list(paths), batch_size=batch_size, num_threads=num_threads) as loader,
        progress("predicting", total=len(paths), unit="images") as advance,
    ):
        for batch in loader:
            logits = model.compute(batch.images)
            _check_finite(logits, batch, paths)
            logits = logits / np.float32(temperature)
            if on_logits is not None:
                on_logits(logits[batch.weights > 0])
            classes, scores = _best(logits if shift is None else logits + shift, topk)
            for place, row in enumerate(map(int, batch.rows)):
                if batch.weights[place]:
                    yield Prediction(path=paths[row], classes=classes[place], scores=scores[place], threshold=threshold)
                else:
                    yield replace(_unreadable(paths[row], loader.errors), threshold=threshold)
            advance(len(batch.rows))


def _check_finite(logits: NDArray[np.float32], batch: Batch, paths: Sequence[str]) -> None:
    broken = ~np.isfinite(logits).all(axis=1) & (batch.weights > 0)
    if broken.any():
        raise CheckpointError(
            f"a model must give finite logits; got {logits[broken][0].max()} for '{paths[batch.rows[broken][0]]}'",
            hint="evaluate the run; if it is sound, make the model again with datatool export",
        )


def _best(logits: NDArray[np.float32], topk: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Likeliest classes first, the lower id where equal, and their softmax scores."""
    classes = np.argsort(-logits, axis=1, kind="stable")[:, :topk]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    scores = powers / powers.sum(axis=1, keepdims=True)
    return classes, np.take_along_axis(scores, classes, axis=1)


def _unreadable(path: str, errors: Sequence[Any]) -> Prediction:
    reason = next((error.reason for error in errors if error.path == path), "cannot be read")
    return Prediction(path=path, classes=np.zeros(0, np.int64), scores=np.zeros(0, np.float32), error=reason)


def write_parquet(predictions: Sequence[Prediction], names: Sequence[str], file: Path, /) -> None:
    """One row per image: path, topk as a list of structs, error, and answer where the model has a threshold."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from datatool.schemas import atomic_file

    struct = pa.struct([("class", pa.int64()), ("name", pa.string()), ("score", pa.float32())])
    fields = [("path", pa.large_string()), ("topk", pa.list_(struct)), ("error", pa.string())]
    if any(each.threshold is not None for each in predictions):
        fields.append(("answer", struct))
    schema = pa.schema(fields)
    rows = [{"error": None, **each.to_dict(names)} for each in predictions]
    with atomic_file(file) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), temporary)
