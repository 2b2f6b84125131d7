"""Backbones of our own, with the parameter names of PaddleClas.

::

    _resnet_vd.py      ResNet-vd
    _repvgg.py         RepVGG-A0
    _pplcnet.py        PP-LCNet
    _mobilenet_v3.py   MobileNetV3
    _mobile_layers.py  layers that nets for phones share
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from datatool.schemas import require

__all__ = ["own_nets"]


def own_nets() -> dict[str, Callable[..., Any]]:
    """Name -> what makes the net, called with ``class_num=``.

    Raises:
        MissingDependencyError: If Paddle is not installed.
    """
    require("paddle", extra="paddle")
    from datatool.models.nets._mobilenet_v3 import MOBILENETS_V3
    from datatool.models.nets._pplcnet import PPLCNETS
    from datatool.models.nets._repvgg import repvgg_a0
    from datatool.models.nets._resnet_vd import RESNETS_VD

    return {**RESNETS_VD, **PPLCNETS, **MOBILENETS_V3, "repvgg_a0": lambda class_num: repvgg_a0(num_classes=class_num)}
