"""The frozen backbone of advise and suspects, and its options."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datatool.probe import Backbone


@dataclass(frozen=True)
class FrozenOptions:
    """The frozen backbone, as it was given."""

    backbone: Annotated[
        str | None,
        typer.Option(
            "--backbone",
            metavar="NAME|RUN",
            help="What looks at the pictures; default: the recipe's.",
            show_default=False,
        ),
    ] = None
    pretrained: Annotated[
        str | None,
        typer.Option(
            "--pretrained",
            metavar="FILE|default",
            help="Its weights; default is the framework's own.",
            show_default=False,
        ),
    ] = None
    image_size: Annotated[
        int | None, typer.Option("--image-size", min=1, help="Pixels; default: the recipe's.", show_default=False)
    ] = None
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", metavar="FILE", help="The recipe that will be trained; else every default."),
    ] = None
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the recipe. Repeatable.")
    ] = None
    trainer: Annotated[
        str | None, typer.Option("--trainer", metavar="NAME", help="paddle, torch; default: the recipe's.")
    ] = None
    features: Annotated[
        Path | None,
        typer.Option("--features", metavar="DIR", help="Where features are kept; default: the user's cache folder."),
    ] = None
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine", help="Where features are computed: threads, ray or ray:ADDRESS.", show_default="threads"
        ),
    ] = None

    def settle(self) -> Backbone:
        """The backbone that they name."""
        # Threads of Paddle's math library spin for 200 ms after each batch, on the cores that decode the next one.
        os.environ.setdefault("KMP_BLOCKTIME", "1")
        from datatool.cli._talk import talk
        from datatool.probe import BackboneOptions, settle_backbone

        talk("datatool.probe")
        return settle_backbone(
            BackboneOptions(
                backbone=self.backbone,
                pretrained=self.pretrained,
                recipe=self.recipe,
                settings=tuple(self.settings or ()),
                image_size=self.image_size,
                trainer=self.trainer,
            )
        )
