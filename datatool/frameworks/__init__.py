"""The one seam to Paddle and PyTorch.

_types      tensors, modules, hooks, groups of parameters; the losses' arithmetic and optimizers as protocols
_tensors    Tensors: memory handed over to a framework, or to numpy; host
_layers     Layers: modules, parameters, modes, hooks, convolutions
_base       Framework: tensors, layers, and what a step needs
_registry   FRAMEWORKS, open_framework, open_tensors, framework_of
_layouts    names and axes of each framework's weight files
_kernels    a convolution and a batch norm as numbers
_macs       multiply-accumulates of a call
_paddle     PaddleFramework; _paddle_tensors, _paddle_layers, _paddle_training: its parts
_compile_paddle
            Paddle Inference
_torch      TorchFramework; _torch_tensors, _torch_layers, _torch_training: its parts
_ranks      which process this is, by the environment of its launcher
_launch     commands that start one process per device
_quiet      native libraries that print what no user asked for
"""

from __future__ import annotations

from datatool.frameworks._base import Framework
from datatool.frameworks._compile_paddle import has_bfloat16, load_compiled, save_traced
from datatool.frameworks._kernels import Kernel, Norm, kernel
from datatool.frameworks._launch import Launch, launch_command
from datatool.frameworks._layers import Layers
from datatool.frameworks._layouts import LAYOUTS, Layout
from datatool.frameworks._macs import Macs, conv_macs, linear_macs
from datatool.frameworks._paddle import PaddleFramework
from datatool.frameworks._quiet import quiet
from datatool.frameworks._ranks import Ranks, ranks_of
from datatool.frameworks._registry import FRAMEWORKS, framework_of, open_framework, open_tensors
from datatool.frameworks._tensors import NumpyTensors, Tensors, as_array, host
from datatool.frameworks._torch import TorchFramework
from datatool.frameworks._types import Array, Floats, Group, Hook, Module, Ops, Optimizer, Tensor

Kit = Framework  # the name that `datatool.training` exports

__all__ = [
    "FRAMEWORKS",
    "LAYOUTS",
    "Array",
    "Floats",
    "Framework",
    "Group",
    "Hook",
    "Kernel",
    "Kit",
    "Launch",
    "Layers",
    "Layout",
    "Macs",
    "Module",
    "Norm",
    "NumpyTensors",
    "Ops",
    "Optimizer",
    "PaddleFramework",
    "Ranks",
    "Tensor",
    "Tensors",
    "TorchFramework",
    "as_array",
    "conv_macs",
    "framework_of",
    "has_bfloat16",
    "host",
    "kernel",
    "launch_command",
    "linear_macs",
    "load_compiled",
    "open_framework",
    "open_tensors",
    "quiet",
    "ranks_of",
    "save_traced",
]
