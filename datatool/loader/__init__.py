"""BalancedLoader: wires sampler, pipeline and framework together, nothing else."""

from __future__ import annotations

import os

# albumentations asks a server for its newest version when it is imported; a loader needs no network.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")

from datatool.loader._balanced import BalancedLoader
from datatool.loader._batch import Batch
from datatool.loader._eval import EvalLoader
from datatool.loader._ledger import MAX_ERRORS, Ledger, error_limit
from datatool.loader._requests import view_chance

__all__ = ["MAX_ERRORS", "BalancedLoader", "Batch", "EvalLoader", "Ledger", "error_limit", "view_chance"]
