"""Balancing under other people's loops and data loaders.

::

    _batches   batches ready for Lightning, the Trainer of Hugging Face and `paddle.Model.fit`, with their resume
    _samplers  a plan as the batch sampler of `paddle.io` or `torch.utils.data`, for data sets of your own
"""

from __future__ import annotations

from datatool.adapters._batches import PlanBatches, paddle_batches, torch_batches
from datatool.adapters._samplers import list_index, paddle_batch_sampler, torch_batch_sampler

__all__ = [
    "PlanBatches",
    "list_index",
    "paddle_batch_sampler",
    "paddle_batches",
    "torch_batch_sampler",
    "torch_batches",
]
