"""BalancedLoader: wires sampler, pipeline and framework together, nothing else.

::

    _balanced.py    `BalancedLoader`: a plan's epochs as batches
    _eval.py        `EvalLoader`: every row once, in order
    _passes.py      which epoch is under way, and why a pass cannot go on
    _options.py     what either may be told: each option with its default, meaning and rule
    _told_by.py     a loader built from the fields of its options
    _requests.py    plan, epoch and step to requests for an engine, with the random numbers of each place
    _machine.py     what all ranks of a machine draw together
    _assembly.py    results of an engine made into batches
    _batch.py       what is handed over
    _handover.py    hand-over to numpy, Paddle and PyTorch
    _normalise.py   bytes to normalised floats on the host
    _mix.py         pictures put together with their partners
    _transform.py   a user's callable, seeded
    _ledger.py      what went wrong, and the budget
    _resources.py   engine, threads and memory: what is chosen
    _stats.py       where the time goes
"""

from __future__ import annotations

import os

# albumentations asks a server for its newest version when it is imported; a loader needs no network.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

from datatool.loader._balanced import BalancedLoader
from datatool.loader._batch import Batch
from datatool.loader._eval import EvalLoader
from datatool.loader._ledger import FileError, Ledger, error_limit
from datatool.loader._options import EvalOptions, LoaderOptions
from datatool.loader._passes import Access, Epochs
from datatool.loader._requests import RandomNumbers, view_chance

__all__ = [
    "Access",
    "BalancedLoader",
    "Batch",
    "Epochs",
    "EvalLoader",
    "EvalOptions",
    "FileError",
    "Ledger",
    "LoaderOptions",
    "RandomNumbers",
    "error_limit",
    "view_chance",
]
