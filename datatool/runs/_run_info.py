"""`run.json`: what a run was made with, so that it can be made again and told from others."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from datatool.doctor import probe
from datatool.errors import ConfigError
from datatool.runs._run_folder import RunFolder
from datatool.schemas import Plan, RunDevice, RunFeatureCache, RunInfo, RunPlan, RunSession, atomic_file

INFO: Final = "run.json"
_PROGRAMS: Final = ("datatool", "datatool/__main__.py", "cli/_worker.py")  # how sys.argv[0] ends
_SECRET: Final = re.compile(r"(?<=://)[^/@\s]*@|(?<=\?)\S+")  # of an address: who asks for it, and a signature
_SECONDS: Final = 10  # for git, which may look through a large working tree on a slow disk


def write_run_info(folder: RunFolder, plans: Sequence[Plan], /, *, base: Path, device: str, world_size: int) -> RunInfo:
    """Write `run.json`; a run that is continued gets a further session.

    Args:
        folder: Of the run.
        plans: One for each stage.
        base: Folder of the recipe: its commit is the run's.
        device: Where the trainer computes.
        world_size: Processes.
    """
    before = read_run_info(folder.path)
    machine = probe()
    now = RunSession(
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={name: version for name, version in machine.versions.items() if version is not None},
        commit=commit_of(base),
        command=command_line(sys.argv),
        device=RunDevice(
            name=device,
            gpus=[gpu.name for gpu in machine.gpus] if device.startswith("gpu") else [],
            cpus=machine.cpu.usable,
            processes=world_size,
        ),
    )
    made = RunInfo(
        **now.model_dump(exclude={"started", "command"})
        if before is None
        else before.model_dump(include=_FIRST, by_alias=False),
        plans=[
            RunPlan(stage=stage, fingerprint=plan.fingerprint, content_digest=plan.content_digest)
            for stage, plan in enumerate(plans)
        ],
        sessions=[*([] if before is None else before.sessions), now],
        feature_caches=[] if before is None else before.feature_caches,
    )
    _write(folder, made)
    return made


def note_feature_cache(folder: RunFolder, cache: RunFeatureCache, /) -> None:
    """Keep in `run.json` what was decided on the feature cache of a stage, in place of what it says of that stage."""
    info = read_run_info(folder.path)
    if info is None:
        return
    others = [other for other in info.feature_caches if other.stage != cache.stage]
    _write(folder, info.model_copy(update={"feature_caches": [*others, cache]}))


def _write(folder: RunFolder, info: RunInfo) -> None:
    with atomic_file(folder.path / INFO) as temporary:
        temporary.write_text(info.to_json(), encoding="utf-8")


_FIRST: Final = {"versions", "commit", "device"}


def read_run_info(run: Path, /) -> RunInfo | None:
    """`run.json` of a run; None where there is none, as of earlier versions, or where it is damaged."""
    try:
        return RunInfo.parse(_json(run / INFO), file=run / INFO)
    except (OSError, ValueError, ConfigError):
        return None


def command_line(arguments: Sequence[str], /) -> str | None:
    """A command line of this program as it can be pasted, without what addresses keep secret; None of another program.

    >>> command_line(["/usr/bin/datatool", "train", "a b.yaml"]), command_line(["pytest"])
    ("datatool train 'a b.yaml'", None)
    >>> command_line(["datatool", "train", "r.yaml", "-o", "data.val=https://me:pw@host/v.txt?sig=1"])
    "datatool train r.yaml -o 'data.val=https://host/v.txt?'"
    """
    if not any(f"/{arguments[0]}".endswith(f"/{name}") for name in _PROGRAMS):
        return None
    return shlex.join(["datatool", *(_SECRET.sub("", word) for word in arguments[1:])])


def _json(file: Path) -> object:
    import json

    return json.loads(file.read_text(encoding="utf-8"))


def commit_of(folder: Path, /) -> str | None:
    """The git commit that a folder stands at, with "+" where files that git knows were changed; None without one."""
    head = _git(folder, "rev-parse", "HEAD")
    if not head:
        return None
    return f"{head}+" if _git(folder, "status", "--porcelain", "--untracked-files=no") else head


def _git(folder: Path, *arguments: str) -> str | None:
    program = shutil.which("git")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-C", str(folder), *arguments], capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()
