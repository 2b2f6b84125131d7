"""The frozen part of a model, built and compiled when a picture first has to go through it.

Building a model, loading its weights and compiling it takes longer than reading kept features. What decides its
outputs is therefore written down beside them, under what was asked for: names, settings, versions, and size and
time of the weight file. Modules of the user are built each time: their code may have changed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from datatool.errors import ConfigError
from datatool.features import list_prefix
from datatool.models import DEFAULT_WEIGHTS, Prefix
from datatool.probe._backbone import Backbone
from datatool.schemas import atomic_file
from datatool.storage import Locator, signature
from datatool.trainers import Stage, Trainer, make_trainer

_NOTES: Final = "prefixes"
_FORMAT: Final = 1  # of a note; others are not read
_OURS: Final = ("paddle.vision:", "datatool:", "timm:")
_PACKAGES: Final = ("paddlepaddle", "paddlepaddle-gpu", "torch", "timm", "datatool")


class FrozenModel:
    """A model whose prefix is asked for features.

    Args:
        backbone: From `settle_backbone`.
        pictures: Paths; the first of them are what the prefix is tried on.
        class_num: Outputs of the head.
        home: Where notes are kept.
    """

    def __init__(self, backbone: Backbone, pictures: list[Locator], /, *, class_num: int, home: Path) -> None:
        self._backbone = backbone
        self._pictures = pictures
        self.class_num = class_num
        self._home = home

    @cached_property
    def trainer(self) -> Trainer:
        """Built, its prefix cut off, ready for `Trainer.begin_again`."""
        return self._opened[0]

    @cached_property
    def prefix(self) -> Prefix:
        """Its key and shape as they were noted, where they were; it is built when it is first run."""
        if not self.is_noted:
            return self._opened[1]
        noted = self._noted() or {}
        return Prefix(
            key=noted["key"],
            shape=tuple(noted["shape"]),
            run=self._run,
            tensor=self._tensor,
        )

    def _run(self, images: Any) -> Any:
        return self._opened[1].run(images)

    def _tensor(self, array: Any) -> Any:
        return self._opened[1].tensor(array)

    @cached_property
    def is_noted(self) -> bool:
        """Whether key and shape were known before the model was built."""
        return self._noted() is not None

    @cached_property
    def _opened(self) -> tuple[Trainer, Prefix]:
        recipe = self._backbone.recipe
        nothing = np.zeros(self.class_num)
        trainer = make_trainer(recipe.run.trainer)
        stage = Stage(
            index=0, recipe=recipe, base=self._backbone.base, seed=recipe.global_.seed, prior=nothing, quota=nothing
        )
        trainer.build(stage, self.class_num)
        prefix = list_prefix(trainer, self._pictures, recipe.data)
        if prefix is None:
            raise ConfigError(
                f"a backbone must be one that can be cut before its head; got '{recipe.model.backbone}'",
                hint="name one whose forward pass ends in a linear layer",
            )
        prefix = replace(prefix, run=self._same_layers(prefix))
        self._note(prefix)
        return trainer, prefix

    def _same_layers(self, prefix: Prefix) -> Any:
        """Features under a noted key must come from the layers that the note was made of."""
        noted = self._noted()
        if noted is not None and noted["key"] != prefix.key:
            self._note(prefix)
            raise ConfigError(
                "the backbone must be what it was when features were kept; it is another under the same name",
                hint="run the command again",
            )
        return prefix.run

    @property
    def _file(self) -> Path | None:
        model = self._backbone.recipe.model
        if not model.backbone.startswith(_OURS):
            return None
        parts = {
            "format": _FORMAT,
            "model": model.model_dump(mode="json"),
            "size": self._backbone.recipe.data.image_size,
            "trainer": self._backbone.recipe.run.trainer,
            "amp": self._backbone.recipe.optimizer.amp,
            "device": self._backbone.recipe.global_.device,
            "weights": self._weights(),
            "versions": {name: _version(name) for name in _PACKAGES},
        }
        digest = hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()
        return self._home / _NOTES / f"{digest}.json"

    def _weights(self) -> list[object]:
        pretrained = self._backbone.recipe.model.pretrained
        if pretrained is None or pretrained == DEFAULT_WEIGHTS:
            return [pretrained]
        path = (self._backbone.base / pretrained).resolve()
        try:
            return [str(path), *signature(str(path))]
        except OSError:
            return [str(path)]

    def _noted(self) -> dict[str, Any] | None:
        file = self._file
        try:
            found = None if file is None else json.loads(file.read_text("utf-8"))
            return found if isinstance(found, dict) and {"key", "shape"} <= found.keys() else None
        except (OSError, ValueError):
            return None

    def _note(self, prefix: Prefix) -> None:
        file = self._file
        if file is not None:
            with atomic_file(file) as temporary:
                temporary.write_text(json.dumps({"key": prefix.key, "shape": list(prefix.shape)}), "utf-8")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
