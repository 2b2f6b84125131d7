"""The one seam to Paddle and PyTorch: tensors, layers, compiled inference, ranks and launchers."""

from __future__ import annotations

from datatool.frameworks._base import Array, Floats, Group, Kit, Ops, Optimizer
from datatool.frameworks._compile_paddle import has_bfloat16, load_compiled, save_traced
from datatool.frameworks._launch import Launch, launch_command
from datatool.frameworks._paddle import PaddleKit
from datatool.frameworks._quiet import quiet
from datatool.frameworks._ranks import Ranks, ranks_of
from datatool.frameworks._torch import TorchKit

__all__ = [
    "Array",
    "Floats",
    "Group",
    "Kit",
    "Launch",
    "Ops",
    "Optimizer",
    "PaddleKit",
    "Ranks",
    "TorchKit",
    "has_bfloat16",
    "launch_command",
    "load_compiled",
    "quiet",
    "ranks_of",
    "save_traced",
]
