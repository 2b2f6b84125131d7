"""datatool makes an image-classification data set fit to train on, and then trains on it.

>>> import datatool
>>> data = datatool.read((["a.jpg", "b.jpg", "c.jpg"], [0, 0, 1]))
>>> data.audit().class_num
2
"""

from __future__ import annotations

from datatool.lazy import attach_stub

__version__ = "0.1.0"

__getattr__, __all__ = attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __dir__() -> list[str]:
    """What there is, loaded or not."""
    return sorted(__all__)
