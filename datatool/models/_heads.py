"""The head: the last linear layer, plus the bottleneck before it where one is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datatool.errors import CheckpointError, ConfigError
from datatool.frameworks import Array, Framework, Layout, Module
from datatool.models._freeze import join


def find_head(kit: Framework, model: Module, /) -> str:
    """Name of the last linear layer; of its head where that is one of ours with a bottleneck.

    Raises:
        ConfigError: If the model has no linear layer.
    """
    names = [name for name, module in kit.modules(model) if kit.is_linear(module)]
    if not names or not names[-1]:
        raise ConfigError("a backbone must end in a linear layer inside it; got none")
    parent, _, last = names[-1].rpartition(".")
    if last == "classifier" and join(parent, "bottleneck") in names:
        return parent
    return names[-1]


def classifier_of(kit: Framework, model: Module, head: str, /) -> tuple[str, Any]:
    """Name and module of the layer that makes the logits."""
    modules = dict(kit.modules(model))
    name = head if kit.is_linear(modules[head]) else join(head, "classifier")
    return name, modules[name]


def new_head(kit: Framework, model: Module, /, *, class_num: int, bottleneck: int | None) -> str:
    """Put a freshly initialised head in place of the last linear layer, without bias where that had none; its name."""
    head = find_head(kit, model)
    module = dict(kit.modules(model))[head]
    if kit.is_linear(module):
        features = kit.linear_shape(module)[0]
    else:
        features = kit.linear_shape(dict(kit.modules(module))["bottleneck"])[0]
    fresh = kit.linear(features, class_num) if bottleneck is None else kit.bottleneck(features, bottleneck, class_num)
    if bottleneck is None and kit.is_linear(module) and "bias" not in kit.own_parameters(module):
        fresh.bias = None
    kit.replace(model, head, fresh)
    return head


def check_growth(old: Mapping[str, Array], new: Mapping[str, Array], /, *, layout: Layout) -> tuple[int, int]:
    """Whether an old classifier has room in a new one.

    Args:
        old: `weight` and, where there is one, `bias` of the old classifier, (k, C) or (C, k).
        new: The same of the new one, k + n classes.
        layout: Of both.

    Returns:
        Classes of the old one, and of the new one.

    Raises:
        CheckpointError: If the old head is larger or of another width.
    """
    shapes = [{name: layout.by_class(value).shape for name, value in each.items()} for each in (old, new)]
    (num_rows, *_), (class_num, *_) = (each["weight"] for each in shapes)
    if num_rows > class_num:
        raise CheckpointError(
            f"model.head: grow must have at least the old {num_rows} classes; got class_num {class_num}"
        )
    for name, shape in shapes[1].items():
        if shapes[0][name] != (num_rows, *shape[1:]):
            raise CheckpointError(
                f"the old head must have the width of the new one; its {name} is {list(shapes[0][name])}, with classes "
                f"first, and the new one's {list(shape)}"
            )
    return num_rows, class_num


def placed(
    old: Mapping[str, Array], new: Mapping[str, Array], places: Sequence[int], /, *, layout: Layout
) -> dict[str, Array]:
    """A new classifier with the rows of an old one in the given places, each old row's in turn."""
    result = {name: value.copy() for name, value in new.items()}
    with np.errstate(over="ignore"):  # values beyond float32 are looked for in the result
        for name, value in old.items():
            layout.by_class(result[name])[list(places)] = layout.by_class(value)
    return result
