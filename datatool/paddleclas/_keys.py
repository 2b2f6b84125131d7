"""The keys that a balanced list, or the sampler, needs changed in a YAML."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from datatool.errors import ConfigError
from datatool.paddleclas._class_num import ClassNum
from datatool.paddleclas._config import ClasConfig
from datatool.paddleclas._lists import ListEntry

SAMPLER: Final = '__import__("datatool.paddleclas").paddleclas.BalancedPlanSampler'
_PK_SAMPLERS: Final = frozenset(
    {"PKSampler", "DistributedRandomIdentitySampler", "DomainShuffleBatchSampler", "NaiveIdentityBatchSampler"}
)
_PK_LOSSES: Final = (  # parts of names: of losses that compare pictures of one class inside a batch
    *("Triplet", "TriHard", "MSMLoss", "EmlLoss", "NpairsLoss", "PairwiseCosface", "SupConLoss", "Contrastive"),
    *("MetaBIN", "DomainScatter", "DomainShuffle", "XBM"),
)

Keys = list[tuple[str, Any]]


def list_keys(config: ClasConfig, entry: ListEntry, file: Path, root: Path, /, *, delimiter: str, lines: int) -> Keys:
    """Where the list is, how it is read, and how many lines it has."""
    if config.form == "six-section":
        return [
            (entry.key, str(file)),
            (entry.root_key, str(root)),
            (f"{entry.section}.delimiter", delimiter),
            ("total_images", lines),
        ]
    keys: Keys = [(entry.key, str(file)), (entry.root_key, str(root))]
    if entry.kind is not None and entry.kind.takes_delimiter:
        keys.append((f"{entry.section}.dataset.delimiter", delimiter))
    return keys


def relabel_keys(train: ListEntry, val: ListEntry | None, /) -> Keys:
    """`relabel` off: ids of a balanced list are the plan's, and those of Eval must be the same."""
    keys: Keys = []
    if train.kind is not None and train.kind.takes_relabel:
        keys.append((f"{train.section}.dataset.relabel", False))
    if val is not None and val.relabel:
        keys.append((f"{val.section}.dataset.relabel", False))
    return keys


def class_num_keys(config: ClasConfig, class_num: ClassNum, needed: int, /) -> Keys:
    """class_num of the model, raised where the lists need more; of the teacher too."""
    if class_num.value is None:
        return []
    if class_num.is_default:
        return [(class_num.key, needed)]
    key = "Arch.class_num" if class_num.key == "Global.class_num" else class_num.key
    others = [(other, max(int(config.get(other, 0)), needed)) for other in class_num.also]
    return [(key, max(class_num.value, needed)), *others]


def epoch_keys(config: ClasConfig, num_epochs: int, /) -> Keys:
    """Epochs and warm-up where one pass over the list is several epochs: the same number of draws as before."""
    if num_epochs == 1:
        return []
    key = "epochs" if config.form == "six-section" else "Global.epochs"
    epochs = config.get(key)
    if type(epochs) is not int:
        return []
    if num_epochs > epochs:
        raise ConfigError(f"--epochs must not be more than {key}; got {num_epochs} and {epochs}", file=config.file)
    keys: Keys = [(key, max(1, round(epochs / num_epochs)))]
    warmup = config.get("Optimizer.lr.warmup_epoch", 0)
    if config.form == "sections" and isinstance(warmup, int | float) and warmup > 0:
        keys.append(("Optimizer.lr.warmup_epoch", round(warmup / num_epochs, 6)))
    return keys


def sampler_keys(entry: ListEntry, plan: Path, /) -> Keys:
    """The sampler in PaddleClas's own loader."""
    return [(f"{entry.section}.sampler.name", SAMPLER), (f"{entry.section}.sampler.plan", os.path.abspath(plan))]


def check_sampler(config: ClasConfig, entry: ListEntry, /) -> None:
    """Whether PaddleClas would use the sampler, and may.

    Raises:
        ConfigError: If it would not, or the training needs another one.
    """
    hint = "leave --sampler out: a balanced list works everywhere"
    if config.form == "six-section":
        raise ConfigError("--sampler must go with a YAML of release 2.1 or later; got six sections", hint=hint)
    if config.get("Global.use_dali"):
        raise ConfigError(
            "--sampler must not go with Global.use_dali, which takes no sampler", file=config.file, hint=hint
        )
    if entry.dataset == "MultiScaleDataset":
        raise ConfigError("--sampler must not go with MultiScaleDataset, which needs its own", hint=hint)
    if entry.sampler in _PK_SAMPLERS:
        raise ConfigError(
            f"--sampler must not take the place of {entry.sampler}, which draws classes by P and K for its loss",
            file=config.file,
            hint=hint,
        )
    losses = [name for loss in _losses(config) for name in loss]
    needing = next((name for name in losses if any(part in name for part in _PK_LOSSES)), None)
    if needing is not None:
        raise ConfigError(
            f"--sampler must not go with {needing}, which needs several pictures of a class in each batch",
            file=config.file,
            hint=f"{hint}, or set DataLoader.Train.sampler to PKSampler",
        )
    unknown = sorted(set(config.get(f"{entry.section}.sampler", {})) - {"name", "batch_size", "drop_last", "shuffle"})
    if unknown:
        raise ConfigError(
            f"--sampler must have a section with name, batch_size, drop_last and shuffle alone; it has '{unknown[0]}'",
            file=config.file,
            hint="take that key out of the YAML: PaddleClas hands it to the sampler",
        )


def _losses(config: ClasConfig) -> list[dict[str, Any]]:
    given = config.get("Loss.Train", [])
    return [loss for loss in given if isinstance(loss, dict)] if isinstance(given, list) else []
