"""datatool makes an image-classification data set fit to train on, and then trains on it.

>>> from datatool import BalancedLoader, BalancedSampler, Plan
"""

from __future__ import annotations

from datatool.lazy import attach_stub

__version__ = "0.1.0"

__getattr__, __all__ = attach_stub(__name__, __file__)
__all__ += ["__version__"]
