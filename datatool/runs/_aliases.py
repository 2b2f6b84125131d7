"""Recipe keys as PaddleClas users know them, and what they are called here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from datatool.errors import ConfigError
from datatool.models import DEFAULT_WEIGHTS
from datatool.schemas import nearest


def _same(value: Any) -> Any:
    return value


def _image_size(value: Any) -> Any:
    return value[-1] if isinstance(value, list) and value else value


_BACKBONES: Final = {  # the same nets; every other name is built by PaddleClas itself
    **{f"ResNet{depth}_vd": f"datatool:resnet{depth}_vd" for depth in (18, 34, 50, 101)},
    **{f"ResNet{depth}": f"paddle.vision:resnet{depth}" for depth in (50, 101)},
    "RepVGG_A0": "datatool:repvgg_a0",
    **{
        f"PPLCNet_x{scale}": f"datatool:pplcnet_x{scale}"
        for scale in ("0_25", "0_35", "0_5", "0_75", "1_0", "1_5", "2_0", "2_5")
    },
    **{
        f"MobileNetV3_{net}_x{scale}": f"datatool:mobilenetv3_{net}_x{scale}"
        for net in ("small", "large")
        for scale in ("0_35", "0_5", "0_75", "1_0", "1_25")
    },
}


def backbone_of(name: str, /) -> str:
    """The backbone that PaddleClas calls by this name.

    >>> backbone_of("ResNet50_vd"), backbone_of("ResNet18")
    ('datatool:resnet50_vd', 'paddleclas:ResNet18')
    """
    return _BACKBONES.get(name, f"paddleclas:{name}")


def clas_name(backbone: str, /) -> str | None:
    """What PaddleClas calls a backbone; None where it has no such net.

    >>> clas_name("paddle.vision:resnet50"), clas_name("paddleclas:ViT_base_patch16_224"), clas_name("timm:vit")
    ('ResNet50', 'ViT_base_patch16_224', None)
    """
    if backbone.startswith("paddleclas:"):
        return backbone.partition(":")[2]
    return next((name for name, ours in _BACKBONES.items() if ours == backbone), None)


def _backbone(value: Any) -> Any:
    return backbone_of(value) if isinstance(value, str) and ":" not in value else value


def _engine(value: Any) -> Any:
    return "dali" if value is True else "auto"


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _pretrained(value: Any) -> Any:
    """PaddleClas says True for the weights that it knows itself."""
    return {False: None, True: DEFAULT_WEIGHTS}[value] if isinstance(value, bool) else value


@dataclass(frozen=True, kw_only=True)
class Alias:
    """One foreign key: its name here, and how its value is translated."""

    key: str
    convert: Callable[[Any], Any] = _same


ALIASES: Final = {
    "Arch.name": Alias(key="model.backbone", convert=_backbone),
    "Arch.class_num": Alias(key="model.class_num"),
    "Arch.pretrained": Alias(key="model.pretrained", convert=_pretrained),
    "Global.class_num": Alias(key="model.class_num"),
    "Global.pretrained_model": Alias(key="model.pretrained"),
    "Global.device": Alias(key="global.device"),
    "Global.seed": Alias(key="global.seed"),
    "Global.output_dir": Alias(key="global.output"),
    "Global.epochs": Alias(key="run.epochs"),
    "Global.image_shape": Alias(key="data.image_size", convert=_image_size),
    "Global.use_dali": Alias(key="data.engine", convert=_engine),
    "DataLoader.Train.dataset.cls_label_path": Alias(key="data.train"),
    "DataLoader.Train.sampler.batch_size": Alias(key="data.batch_size"),
    "DataLoader.Train.loader.num_workers": Alias(key="data.num_threads"),
    "DataLoader.Eval.dataset.cls_label_path": Alias(key="data.val"),
    "Loss.Train.0.CELoss.epsilon": Alias(key="loss.label_smoothing"),
    "Optimizer.name": Alias(key="optimizer.name", convert=_lower),
    "Optimizer.lr.name": Alias(key="optimizer.schedule", convert=_lower),
    "Optimizer.lr.learning_rate": Alias(key="optimizer.lr"),
    "Optimizer.lr.warmup_epoch": Alias(key="optimizer.warmup_epochs"),
    "Optimizer.regularizer.coeff": Alias(key="optimizer.weight_decay"),
    "EMA.decay": Alias(key="optimizer.ema"),
    "Global.update_freq": Alias(key="optimizer.accumulate"),
    "AMP.use_amp": Alias(key="optimizer.amp"),
}

SECTIONS: Final = frozenset(name.split(".")[0] for name in ALIASES)


def translate(key: str, value: Any, /, *, where: object) -> tuple[str, Any, str]:
    """A PaddleClas key as (key here, value here, what to tell the user).

    Raises:
        ConfigError: If the key is not one of PaddleClas's that has a counterpart.

    >>> translate("Arch.class_num", 10, where="-o")[:2]
    ('model.class_num', 10)
    """
    alias = ALIASES.get(key)
    if alias is not None:
        return alias.key, alias.convert(value), f"{key} is {alias.key} here"
    near = _spelled_otherwise(key) or nearest(key, ALIASES)
    hint = "see docs/train.md for the keys"
    if near is not None:
        hint = f"PaddleClas spells it {near}, which is {ALIASES[near].key} here"
    raise ConfigError(f"key must be a known one; got '{key}'", file=where, hint=hint)


def _spelled_otherwise(key: str) -> str | None:
    return next((name for name in ALIASES if name.lower() == key.lower()), None)
