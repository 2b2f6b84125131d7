"""One process of several: launchers take a script's path. The script's own folder must not be searched for modules."""

import sys
from pathlib import Path

if __name__ == "__main__":
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [place for place in sys.path if place != here]

    from datatool.cli._several import run_reported

    run_reported()
