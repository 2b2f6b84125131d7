"""`advise.json`, `recipe.yaml` and `advise.html`; and the balance line."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Final

from datatool.advise._options import AdviseOptions
from datatool.advise._page import advise_page
from datatool.advise._ways import LOGIT_ADJUST, NATURAL, parse_way
from datatool.models import DEFAULT_WEIGHTS
from datatool.probe import Backbone
from datatool.schemas import AdviseDocument, ConfigError, Recipe, atomic_folder

JSON: Final = "advise.json"
RECIPE: Final = "recipe.yaml"
PAGE: Final = "advise.html"
PLAN: Final = "train.plan"
_FREE: Final = (LOGIT_ADJUST, "corrected")  # natural draws


def check_target(folder: Path, /) -> None:
    """Refuse to replace what is no earlier advice.

    Raises:
        ConfigError: If the folder exists, is not empty and holds none.
    """
    if folder.exists() and not (folder.is_dir() and ((folder / JSON).is_file() or not any(folder.iterdir()))):
        raise ConfigError(f"--out must be new, empty or earlier advice; got '{folder}'", hint="name another folder")


def command_line(document: AdviseDocument, options: AdviseOptions, /, *, dataset: str, out: Path | None) -> str:
    """The balance line of what is recommended.

    Args:
        document: With the recommendation.
        options: What the caller said about faulty rows holds for the balance too.
        dataset: The arguments that name the data set.
        out: The folder of the advice, whose recipe looks for the plan beside itself.
    """
    way = parse_way(NATURAL if document.recommended in (None, *_FREE) else str(document.recommended))
    parts = ["--strategy", way.strategy]
    if way.weights != "none":
        parts += ["--weights", way.weights]
    if document.synthetic is not None:
        parts += ["--synthetic-share", f"{document.synthetic.share:g}"]
    parts += ["--skip-faulty"] * options.skip_faulty + ["--allow-outside-root"] * options.allow_outside_root
    plan = PLAN if out is None else str(out / PLAN)
    parts += ["--epoch-size", str(document.rows), "--out", plan]
    return f"datatool balance {dataset} {shlex.join(parts)}"


def write_advice(document: AdviseDocument, backbone: Backbone, out: Path, /, *, dataset: str) -> None:
    """Write the folder, whole or not at all."""
    with atomic_folder(out) as work:
        (work / JSON).write_text(document.to_json(), "utf-8")
        (work / PAGE).write_text(advise_page(document, dataset=dataset), "utf-8")
        if document.command is not None:
            (work / RECIPE).write_text(recipe_text(document, backbone), "utf-8")


def recipe_text(document: AdviseDocument, backbone: Backbone, /) -> str:
    """The recipe that was cross-validated, with what is recommended."""
    import yaml

    told = backbone.recipe.model_dump(mode="json", by_alias=True)
    told["model"]["pretrained"] = _absolute(told["model"]["pretrained"], backbone.base)
    told["data"] |= {
        "train": PLAN,
        "strategy": None,
        "weights": "none",
        "epoch_size": None,
        "synthetic_share": None,
        "val": None,
        "augment": "none" if told["data"]["eval_resize"] is None else "eval",
    }
    told["loss"]["logit_adjust"] = 1.0 if document.recommended == LOGIT_ADJUST else None
    told["run"] |= {"name": "advised", "stages": []}
    del told["distill"]
    Recipe.parse(told)
    return _comment(document, told["model"]["backbone"]) + yaml.safe_dump(
        _short(told), sort_keys=False, allow_unicode=True
    )


def _comment(document: AdviseDocument, backbone: str) -> str:
    lines = [f"First: {document.command}", f"Then: datatool train {RECIPE}", f"Why: {document.reason}."]
    if document.objective.startswith("deploy:"):
        lines.append(f"Use it with: datatool predict --deploy-prior {document.objective.removeprefix('deploy:')}")
    if not backbone.startswith(("paddle.vision:", "datatool:", "timm:")):
        lines.append(f"Copy the module of {backbone} beside this file, where it is looked for.")
    return "".join(f"# {' '.join(line.split())}\n" for line in lines)


def _absolute(pretrained: str | None, base: Path) -> str | None:
    return pretrained if pretrained in (None, DEFAULT_WEIGHTS) else str((base / str(pretrained)).resolve())


def _short(told: dict[str, Any]) -> dict[str, Any]:
    """Without keys at their defaults; names of backbone and trainer, and the plan, are always told."""
    plain = Recipe().model_dump(mode="json", by_alias=True)
    always = {("model", "backbone"), ("data", "train"), ("data", "image_size"), ("run", "trainer"), ("run", "epochs")}
    short = {
        section: {k: v for k, v in keys.items() if v != plain[section].get(k) or (section, k) in always}
        for section, keys in told.items()
    }
    return {section: keys for section, keys in short.items() if keys}
