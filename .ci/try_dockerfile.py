#!/usr/bin/env python3
# ruff: noqa: T201 - what it does is printed as it goes.
"""Runs the steps of a stage of the Dockerfile in a root of its own, where there is no Docker.

    debootstrap --variant=minbase bookworm ROOT
    unshare --mount .ci/try_dockerfile.py --stage cpu ROOT datatool doctor

Needs to be root. What is mounted goes with the namespace of `unshare`; ROOT stays, changed. `--bind DIR` shows a folder
of this machine in it, such as a package index, read-only: installing packages in ROOT must change nothing outside it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def steps(text: str, stage: str) -> list[tuple[str, str]]:
    """(instruction, arguments) of a stage and of those that it is built from, in order."""
    lines = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    stages: dict[str, list[tuple[str, str]]] = {}
    found: list[tuple[str, str]] = []
    for line in filter(None, map(str.strip, lines)):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            above, _, name = rest.partition(" AS ")
            found = stages[name] = list(stages.get(above, []))
        else:
            found.append((word, rest.strip()))
    if stage not in stages:
        sys.exit(f"--stage must be one of {', '.join(stages)}; got '{stage}'")
    return stages[stage]


def mount(root: Path, folder: Path, *how: str) -> None:
    """Show a folder of this machine at the same place below ROOT."""
    (root / folder.relative_to("/")).mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *how, folder, root / folder.relative_to("/")], check=True)


def run(root: Path, stage: str, command: list[str], binds: list[Path]) -> int:
    """Every step, then a command; the exit code of the first that fails."""
    here, variables = "/", dict[str, str]()
    for folder in (Path("/proc"), Path("/dev")):
        mount(root, folder, "--rbind")
    for folder in binds:
        mount(root, folder, "--bind", "--options", "ro")
    for word, rest in [*steps((REPOSITORY / "Dockerfile").read_text(), stage), ("RUN", " ".join(command))]:
        print(f"{word} {rest}", flush=True)
        if word == "ENV":
            pairs = (pair.split("=", 1) for pair in rest.split())
            variables |= {name: value.replace("$PATH", "/usr/sbin:/usr/bin:/sbin:/bin") for name, value in pairs}
        elif word == "WORKDIR":
            here = rest
            (root / here.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            copy(root / rest.split()[1].lstrip("/"))
        elif word == "RUN":
            line = f"cd {here} && {rest}"
            plain = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
            done = subprocess.run(["chroot", root, "sh", "-c", line], env=plain | variables, check=False)
            if done.returncode:
                return done.returncode
    return 0


def copy(target: Path) -> None:
    """What git knows, as a clone has it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, target / name, follow_symlinks=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--stage", default="cpu")
    parser.add_argument("--bind", type=Path, action="append", default=[])
    parser.add_argument("command", nargs="*", default=["datatool", "--help"])
    given = parser.parse_args()
    sys.exit(run(given.root.resolve(), given.stage, given.command, given.bind))
