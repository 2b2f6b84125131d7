"""Prove the GPU path of the loader on one machine, in under eight minutes.

    python benchmarks/gpu_check.py --data ../shared/data/clothing --out gpu_check.json

Writes one JSON document, prints one table, and ends with 1 if a proof failed. ``--dry`` runs the same code with DALI on
the CPU and a handful of pictures: it proves nothing about a GPU, but that this script still works. Checks that no time
is left for (``--seconds``), and those that need what is not there, are said to be not run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
import gpu_proofs  # noqa: E402 - the paths above are where these are
import gpu_speed  # noqa: E402
from gpu_place import NotRunError, Place, make_place  # noqa: E402
from machine import describe  # noqa: E402

from datatool.machine import gpus  # noqa: E402

Check = Callable[[Place], dict[str, Any]]
CHECKS: dict[str, Check] = {**gpu_proofs.CHECKS, **gpu_speed.CHECKS}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every check, in order."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with train_list.txt; without it, pictures are made")
    parser.add_argument("--out", type=Path, default=Path("gpu_check.json"))
    parser.add_argument("--seconds", type=float, default=450.0, help="no check begins later than this")
    parser.add_argument("--only", nargs="*", choices=list(CHECKS), help="these alone")
    parser.add_argument("--dry", action="store_true", help="DALI on the CPU, small sizes")
    given = parser.parse_args(arguments)
    found, driver = gpus()
    if not found and not given.dry:
        parser.error("no CUDA device is visible; --dry runs the same code on the CPU")
    end = time.monotonic() + given.seconds
    with tempfile.TemporaryDirectory() as work:
        place = make_place(given.data, Path(work), dry=given.dry)
        results = [_result(name, place, end) for name in given.only or CHECKS]
    document = {
        "dry": given.dry,
        "gpus": [gpu.name for gpu in found],
        "driver": driver,
        "machine": describe(),
        "checks": results,
    }
    given.out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"wrote {given.out}")
    return int(any(result["outcome"] == "failed" for result in results))


def _result(name: str, place: Place, end: float) -> dict[str, Any]:
    """One check: passed, failed or not run, its figures and its seconds."""
    begin = time.monotonic()
    outcome, figures = "passed", {}
    try:
        if begin > end:
            raise NotRunError("no time was left")
        figures = CHECKS[name](place)
    except NotRunError as why:
        outcome, figures = "not run", {"why": str(why)}
    except Exception as error:  # noqa: BLE001 - what went wrong is the result, and the next check is as worth running
        traceback.print_exc()
        outcome, figures = "failed", {"why": f"{type(error).__name__}: {error}"}
    seconds = round(time.monotonic() - begin, 1)
    shown = ", ".join(f"{key} {value}" for key, value in figures.items())
    print(f"{name:22} {outcome:8} {seconds:6.1f} s  {shown}", flush=True)
    return {"name": name, "outcome": outcome, "seconds": seconds, "figures": figures}


if __name__ == "__main__":
    sys.exit(main())
