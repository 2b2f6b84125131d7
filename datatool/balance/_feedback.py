"""A class that got worse with synthetic rows is noisy or hard: rule 3 of question 4.1 of the PaddleClas FAQ.

Two runs (`--feedback AFTER --before BEFORE`): a class with synthetic rows is flagged when its recall fell by at least
0.05 and by more than one standard error, sqrt(r1 (1 - r1) / n1 + r2 (1 - r2) / n2). One run (`--feedback AFTER`): it is
flagged when the mean training loss of its synthetic rows is at least twice that of its real rows. The factor f of the
remedies is the ratio of error rates, (1 - recall after) / (1 - recall before), or the ratio of losses; at most 3.
Noise is met with a synthetic weight of 1 / f, hardness with a class weight of f: neither is applied by itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from datatool.schemas import REAL, SYNTHETIC, Advice, ConfigError

if TYPE_CHECKING:
    from datatool.schemas import EvalDocument

RULE: Final = "Q4.1 rule 3"
MIN_DROP: Final = 0.05  # of recall; smaller changes come and go with the seed
MIN_LOSS_RATIO: Final = 2.0
MAX_FACTOR: Final = 3.0  # a class weighted more than this drowns its batch


def read_eval(file: Path, /) -> EvalDocument:
    """Read an `eval.json`.

    Raises:
        ConfigError: If it cannot be read as one.
    """
    from datatool.schemas import EvalDocument  # its models take time to build, and most plans have no feedback

    try:
        value = json.loads(file.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"feedback must be the eval.json of a run; got '{file}' ({error.strerror})",
            hint="datatool evaluate RUN writes one",
        ) from None
    except ValueError as error:
        raise ConfigError(f"feedback must be JSON; got '{error}'", file=file) from None
    kind = value.get("schema") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind.startswith("datatool.") and not kind.startswith("datatool.eval/"):
        raise ConfigError(
            f"feedback must be the eval.json of a run; got a file of the kind '{kind}'",
            file=file,
            hint="datatool evaluate RUN writes one",
        )
    return EvalDocument.parse(value, file=file)


def check_classes(
    document: EvalDocument, file: Path, /, *, labels: Iterable[int], names: Mapping[int, str] | None
) -> None:
    """Whether the run had the classes of the rows: with others, an id would flag another class.

    Args:
        document: What ``file`` holds.
        file: For the message.
        labels: Ids of the rows.
        names: Their names, where there are any; a run without names has the ids for names.

    Raises:
        ConfigError: Naming the first class that differs.
    """
    run = {one.class_: one.name for one in document.per_class}
    hint = "give the eval.json of a run on a plan of this data set"
    labels = sorted(labels)
    if run.keys().isdisjoint(labels):
        raise ConfigError("feedback must be of a run with the classes of the rows; it has none", file=file, hint=hint)
    for label in (label for label in labels if label in run):
        name = str(label) if names is None else names.get(label, str(label))
        if names is not None and run[label] not in (name, str(label)):
            raise ConfigError(
                f"feedback must be of a run with the classes of the rows; class {label} is '{name}' in the rows and "
                f"'{run[label]}' in the run",
                file=file,
                hint=hint,
            )


def feedback_advice(after: EvalDocument, before: EvalDocument | None, made: frozenset[int], /) -> list[Advice]:
    """Flag noisy or hard classes.

    Args:
        after: A run with the synthetic rows.
        before: A run without them, or None.
        made: Classes that have synthetic rows.

    Raises:
        ConfigError: If there is nothing to judge by.
    """
    if before is None and not after.train_cells:
        raise ConfigError(
            "feedback of one run must hold its training loss per source (train_cells); got none",
            hint="give --before, a run without synthetic rows",
        )
    found = _by_loss(after, made) if before is None else _by_recall(after, before, made)
    return sorted(found, key=lambda one: -one.numbers["factor"])


def _by_recall(after: EvalDocument, before: EvalDocument, made: frozenset[int]) -> Iterator[Advice]:
    earlier = {one.class_: one for one in before.per_class}
    for now in after.per_class:
        then = earlier.get(now.class_)
        if then is None or now.class_ not in made or now.recall is None or then.recall is None:
            continue
        error = math.sqrt(_variance(now.recall, now.support) + _variance(then.recall, then.support))
        drop = then.recall - now.recall
        if drop < MIN_DROP or drop <= error:
            continue
        yield _advice(
            now.class_,
            f"recall of class {now.class_} ({now.name}) fell from {then.recall:.3f} to {now.recall:.3f} with synthetic "
            f"rows (standard error {error:.3f})",
            {"recall_before": then.recall, "recall_after": now.recall, "standard_error": error},
            (1 - now.recall) / (1 - then.recall) if then.recall < 1 else math.inf,
        )


def _variance(recall: float, support: int) -> float:
    return recall * (1 - recall) / max(support, 1)


def _by_loss(after: EvalDocument, made: frozenset[int]) -> Iterator[Advice]:
    losses = {(cell.class_, cell.source): cell.loss for cell in after.train_cells}
    for label in sorted(made):
        real, synthetic = losses.get((label, REAL)), losses.get((label, SYNTHETIC))
        if real is None or synthetic is None or synthetic < MIN_LOSS_RATIO * real or synthetic == 0:
            continue
        yield _advice(
            label,
            f"synthetic rows of class {label} have a mean training loss of {synthetic:.3f}, real ones {real:.3f}",
            {"loss_synthetic": synthetic, "loss_real": real},
            synthetic / real if real > 0 else math.inf,
        )


def _advice(label: int, message: str, numbers: dict[str, float], ratio: float) -> Advice:
    factor = min(ratio, MAX_FACTOR)
    return Advice(
        rule=RULE,
        label=label,
        message=f"{message}: noise, or hard samples. Look at its images; lower the synthetic rows if they are wrong, "
        "raise the class if they are right",
        numbers={**numbers, "factor": factor},
        options=[f"--weight {label}/{SYNTHETIC}={1 / factor:.2g}", f"--weight {label}={factor:.2g}"],
    )
