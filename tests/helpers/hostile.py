"""The pictures of ../shared/cases/hostile, made to do harm, and programs that open them within limits."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.helpers.bounded import Run, run
from tests.helpers.pictures import jpeg
from tests.helpers.program import REPOSITORY

# File of ../shared/cases/hostile -> code of the audit, and what every refusal of it says.
HOSTILE: dict[str, tuple[str, str]] = {
    "eps/a.jpg": ("E402", "a PostScript program"),
    "avif_225M.png": ("E405", "225,000,000 pixels, more than"),
    "jp2_225M.jp2": ("E405", "225,000,000 pixels, more than"),
    "avif_loader/x.jpg": ("E405", "196,000,000 pixels, more than"),
    "hdr_audit/a.jpg": ("E402", "floating-point numbers"),
    "jpeg_scans.jpg": ("E402", "more than 100 scans"),
}
NAMES = [name.replace("/", "_") for name in HOSTILE]
GOOD = ["0.jpg", "1.jpg", "2.jpg"]
LIMIT_MIB = 2048
LIMIT_SECONDS = 20
MARKER = "MARKER"


def hostile_folder(folder: Path) -> Path:
    """The hostile pictures and three good ones, and ``list.txt`` of them all; skips the test where there are none."""
    cases = REPOSITORY.parent / "shared" / "cases" / "hostile"
    if not cases.is_dir():
        pytest.skip("../shared/cases/hostile does not lie beside this checkout")
    for name, copy in zip(HOSTILE, NAMES, strict=True):
        shutil.copyfile(cases / name, folder / copy)
    for number, name in enumerate(GOOD):
        (folder / name).write_bytes(jpeg(number))
    (folder / "list.txt").write_text("".join(f"{name} {n % 2}\n" for n, name in enumerate([*GOOD, *NAMES])))
    return folder


def bounded(arguments: list[str], folder: Path) -> Run:
    """Run in a world where a Ghostscript and others like it lie in wait; none may be started."""
    traps = folder / "bin"
    traps.mkdir(exist_ok=True)
    for name in ("gs", "gswin64c", "convert", "xdg-open", "display"):
        (traps / name).write_text(f"#!/bin/sh\ntouch '{folder / MARKER}'\n")
        (traps / name).chmod(0o755)
    environment = {"PATH": f"{traps}:/usr/bin:/bin", "XDG_CACHE_HOME": str(folder / "cache")}
    done = run([sys.executable, *arguments], folder, environment)
    assert not (folder / MARKER).exists()
    assert done.peak_mib < LIMIT_MIB, done
    assert done.cpu_seconds < LIMIT_SECONDS, done
    return done


def assert_refused(reasons: dict[str, str]) -> None:
    assert sorted(Path(path).name for path in reasons) == sorted(NAMES)
    for path, reason in reasons.items():
        [said] = [said for name, (_, said) in HOSTILE.items() if Path(path).name == name.replace("/", "_")]
        assert said in reason
