"""A small frozen backbone with weights in a file, for commands that look at pictures through one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.helpers.nets import build
from tests.helpers.runs import BASE


def frozen_recipe(home: Path, /, *, trainer: str = "paddle", **sections: dict[str, Any]) -> Path:
    """A recipe in ``home`` whose backbone has weights that lie beside it; `r-TRAINER.yaml`."""
    from safetensors.numpy import save_file

    net = f"small_nets:{trainer}_net"
    save_file(dict(build(net, home, trainer=trainer).state().model), home / f"{trainer}.safetensors")
    model = {"backbone": net, "pretrained": f"{trainer}.safetensors"}
    tree = {**BASE, "model": model, "run": {"epochs": 4, "trainer": trainer}}
    tree["data"] = {**BASE["data"], "val": None}
    for section, keys in sections.items():
        tree[section] = {**tree.get(section, {}), **keys}
    file = home / f"r-{trainer}.yaml"
    file.write_text(yaml.safe_dump(tree))
    return file
